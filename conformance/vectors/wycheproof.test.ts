import assert from "node:assert/strict";
import { AEAD_TAG_BYTES } from "../../runtime/core/crypto.ts";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";
import { hex, testVectors, unhex } from "./vector-file.ts";

interface Case {
  readonly tcId: number;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly flags: readonly string[];
}

interface File<Group, Test extends Case> {
  readonly testGroups: readonly (Group & { readonly tests: readonly Test[] })[];
}

const crypto = createNodeCrypto();

type MacCase = Case & { readonly key: string; readonly msg: string; readonly tag: string };

testVectors("HMAC-SHA256 agrees with Wycheproof", "wycheproof-hmac_sha256.json", (vectors) => {
  const { testGroups } = vectors as File<{ readonly tagSize: number }, MacCase>;
  let checked = 0;
  for (const { tagSize, tests } of testGroups) {
    for (const { tcId, key, msg, tag, result } of tests) {
      const full = crypto.macKey(unhex(key)).sign(unhex(msg));
      const fits = crypto.equal(full.slice(0, tagSize / 8), unhex(tag));
      assert.equal(fits, result === "valid", `case ${String(tcId)}`);
      checked += 1;
    }
  }
  assert.equal(checked, 174);
});

type HkdfCase = Case & {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
};

testVectors(
  "HKDF-SHA256 agrees with Wycheproof and refuses lengths that RFC 5869 forbids",
  "wycheproof-hkdf_sha256.json",
  (vectors) => {
    const { testGroups } = vectors as File<object, HkdfCase>;
    let checked = 0;
    for (const { tests } of testGroups) {
      for (const { tcId, ikm, salt, info, size, okm, result } of tests) {
        const derive = (): Uint8Array =>
          crypto.hkdfSha256({
            secret: unhex(ikm),
            salt: unhex(salt),
            info: unhex(info),
            bytes: size,
          });
        if (result === "valid") assert.equal(hex(derive()), okm, `case ${String(tcId)}`);
        else assert.throws(derive, RangeError, `case ${String(tcId)}`);
        checked += 1;
      }
    }
    assert.equal(checked, 86);
  },
);

type ExchangeCase = Case & {
  readonly public: string;
  readonly private: string;
  readonly shared: string;
};

testVectors(
  "X25519 agrees with Wycheproof and gives nothing for an all-zero secret",
  "wycheproof-x25519.json",
  (vectors) => {
    const { testGroups } = vectors as File<object, ExchangeCase>;
    let zero = 0;
    let checked = 0;
    for (const { tests } of testGroups) {
      for (const vector of tests) {
        const shared = crypto.x25519(unhex(vector.private), unhex(vector.public));
        const about = `case ${String(vector.tcId)}`;
        checked += 1;
        if (/^0+$/.test(vector.shared)) {
          assert.equal(shared, undefined, about);
          zero += 1;
        } else {
          assert.equal(shared && hex(shared), vector.shared, about);
        }
      }
    }
    assert.equal(checked, 518);
    assert.ok(zero > 0);
  },
);

type AeadCase = Case & {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
};

testVectors(
  "AES-256-GCM with 96-bit nonces agrees with Wycheproof",
  "wycheproof-aes_gcm.json",
  (vectors) => {
    const { testGroups } = vectors as File<
      { readonly ivSize: number; readonly keySize: number },
      AeadCase
    >;
    let checked = 0;
    for (const { ivSize, keySize, tests } of testGroups) {
      if (ivSize !== 96 || keySize !== 256) continue;
      for (const vector of tests) {
        const about = `case ${String(vector.tcId)}`;
        const input = {
          key: unhex(vector.key),
          nonce: unhex(vector.iv),
          associated: unhex(vector.aad),
        };
        const sealed = unhex(vector.ct + vector.tag);
        const opened = crypto.aesGcmOpen({ ...input, bytes: sealed });
        checked += 1;
        if (vector.result !== "valid") {
          assert.equal(opened, undefined, about);
          continue;
        }
        assert.equal(opened && hex(opened), vector.msg, about);
        const message = unhex(vector.msg);
        const out = new Uint8Array(message.length + AEAD_TAG_BYTES);
        crypto.aesGcmSeal({ ...input, bytes: message }, out);
        assert.equal(hex(out), hex(sealed), about);
      }
    }
    assert.ok(checked >= 60, `only ${String(checked)} cases apply`);
  },
);

type SignatureCase = Case & { readonly msg: string; readonly sig: string };

testVectors(
  "RSA-PSS verification over 3072 bits agrees with Wycheproof",
  "wycheproof-rsa_pss_3072_sha256_mgf1_32.json",
  (vectors) => {
    const { testGroups } = vectors as File<{ readonly publicKeyDer: string }, SignatureCase>;
    let checked = 0;
    for (const { publicKeyDer, tests } of testGroups) {
      const key = unhex(publicKeyDer);
      for (const { tcId, msg, sig, result } of tests) {
        const genuine = crypto.rsaPssVerify(key, unhex(msg), unhex(sig));
        assert.equal(genuine, result !== "invalid", `case ${String(tcId)}`);
        checked += 1;
      }
    }
    assert.equal(checked, 108);
  },
);
