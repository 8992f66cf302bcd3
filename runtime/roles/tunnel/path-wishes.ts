import type { PreferPathParams } from "../../../generated/tunnel/rpc/tube-user.ts";

/** What is known of the wish of a request: none was sent; or it was, and perhaps is forgotten. */
export type TakenWish =
  | { readonly kind: "wish"; readonly wish: PreferPathParams }
  | { readonly kind: "none" }
  | { readonly kind: "forgotten" };

/**
 * Wishes about paths that wait for their requests. Of too many the oldest is forgotten; from then on a request without a
 * wish may be the one whose wish that was, and nobody can tell whom its path was not to touch.
 */
export class PathWishes {
  readonly #wishesMax: number;
  /** By local id, oldest first. */
  readonly #wishes = new Map<string, PreferPathParams>();
  #hasForgotten = false;

  /** @param wishesMax at least 1. */
  constructor(wishesMax: number) {
    this.#wishesMax = wishesMax;
  }

  /** Keeps a wish, in place of an earlier one for the same request. Whether none had to be forgotten for it. */
  add(wish: PreferPathParams): boolean {
    this.#wishes.delete(wish.local_id);
    this.#wishes.set(wish.local_id, wish);
    if (this.#wishes.size <= this.#wishesMax) return true;
    for (const oldest of this.#wishes.keys()) {
      this.#wishes.delete(oldest);
      break;
    }
    this.#hasForgotten = true;
    return false;
  }

  /** The wish of a request, which uses it up. */
  take(localId: string): TakenWish {
    const wish = this.#wishes.get(localId);
    this.#wishes.delete(localId);
    if (wish !== undefined) return { kind: "wish", wish };
    return { kind: this.#hasForgotten ? "forgotten" : "none" };
  }
}
