import type { RpcValidators, SchemaCompiler } from "../../core/index.ts";
import { compileFrontValidators } from "../../../generated/tunnel/rpc/front.ts";
import { compileLocalNodeValidators } from "../../../generated/tunnel/rpc/local-node.ts";
import { compileMainServerValidators } from "../../../generated/tunnel/rpc/main-server.ts";
import { compileTubeEndValidators } from "../../../generated/tunnel/rpc/tube-end.ts";
import { compileTubeUserValidators } from "../../../generated/tunnel/rpc/tube-user.ts";
import { compileTunnelNodeValidators } from "../../../generated/tunnel/rpc/tunnel-node.ts";

/** The checks of every method of the tunnel protocol; the services have no method name twice. */
export function compileTunnelValidators(compiler: SchemaCompiler): RpcValidators {
  return {
    ...compileMainServerValidators(compiler),
    ...compileTunnelNodeValidators(compiler),
    ...compileTubeUserValidators(compiler),
    ...compileTubeEndValidators(compiler),
    ...compileLocalNodeValidators(compiler),
    ...compileFrontValidators(compiler),
  };
}
