const LOGIN = /^[a-z0-9][a-z0-9._@+-]{2,63}$/;
const PASSWORD_CHARACTERS_MIN = 10;
const PASSWORD_CHARACTERS_MAX = 256;

/** Passwords of ten characters and more that every guesser tries first, and what forms suggest. */
const WELL_KNOWN: ReadonlySet<string> = new Set([
  "1234567890",
  "0123456789",
  "0987654321",
  "12345678910",
  "123456789012",
  "1q2w3e4r5t",
  "1qaz2wsx3edc",
  "administrator",
  "changeme123",
  "football123",
  "iloveyou123",
  "letmein1234",
  "mypassword",
  "password12",
  "password123",
  "password1234",
  "passw0rd123",
  "qwerty1234",
  "qwerty12345",
  "qwertyuiop",
  "qwertyuiop123",
  "welcome123",
]);

/** A login in the form in which it names an account, or undefined if it cannot. */
export function canonicalLogin(login: string): string | undefined {
  const lower = login.toLowerCase();
  return LOGIN.test(lower) ? lower : undefined;
}

/** What a login must look like, for people. */
export const LOGIN_RULE =
  "3 to 64 of the letters a–z, digits and . _ @ + -, beginning with a letter or a digit";

/** What keeps a password from being used, as a sentence, or undefined if nothing does. */
export function passwordFault(password: string, login: string): string | undefined {
  const characters = Array.from(password.normalize("NFKC"));
  if (characters.length < PASSWORD_CHARACTERS_MIN) {
    return `A password has at least ${String(PASSWORD_CHARACTERS_MIN)} characters.`;
  }
  if (characters.length > PASSWORD_CHARACTERS_MAX) {
    return `A password has at most ${String(PASSWORD_CHARACTERS_MAX)} characters.`;
  }
  const lower = characters.join("").toLowerCase();
  if (WELL_KNOWN.has(lower)) return "This password is one of the first that anybody guesses.";
  if (lower === login || (login.length >= 5 && lower.includes(login))) {
    return "A password must not contain the login.";
  }
  if (new Set(characters).size < 4) return "A password has at least four different characters.";
  return undefined;
}
