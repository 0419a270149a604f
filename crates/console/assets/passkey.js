// Signing in and signing: the browser's authenticator signs what the page shows. No key of a person is ever on the node.

import { problem } from "./acts.js";

const bytes = (base64) => Uint8Array.from(atob(base64.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const standard = (base64url) => {
  const base64 = base64url.replace(/-/g, "+").replace(/_/g, "/");
  return base64 + "=".repeat((4 - (base64.length % 4)) % 4);
};

// A made-up officer's key, which only a visitor of a made-up agency has.
const PKCS8 = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
const madeUp = async (publicKey) => {
  for (const seed of JSON.parse(localStorage.getItem("mithaq.made-up") ?? "[]")) {
    const raw = Uint8Array.from([...PKCS8, ...seed.match(/../g).map((pair) => parseInt(pair, 16))]);
    const key = await crypto.subtle.importKey("pkcs8", raw, "Ed25519", true, ["sign"]);
    const { x } = await crypto.subtle.exportKey("jwk", key);
    if (standard(x) === publicKey) return key;
  }
  return null;
};

const fill = (form, name, value) => {
  const field = form.elements[name] ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
  field.value = value;
};

/** Has an authenticator sign a challenge, and puts what it said into the form. */
const assert = async (form, { challenge, rpId, credential }) => {
  const publicKey = { challenge, rpId, userVerification: "required", timeout: 120000 };
  if (credential) publicKey.allowCredentials = [{ type: "public-key", id: bytes(credential) }];
  const { rawId, response } = await navigator.credentials.get({ publicKey });
  fill(form, "credential", text(rawId));
  fill(form, "authenticator_data", text(response.authenticatorData));
  fill(form, "client_data", text(response.clientDataJSON));
  fill(form, "signature", text(response.signature));
};

const sign = async (form) => {
  const field = form.elements.signature;
  const { bytes: what, public: publicKey, credential, rp } = field.dataset;
  if (credential) return assert(form, { challenge: bytes(what), rpId: rp, credential });
  const key = await madeUp(publicKey);
  if (!key) throw new Error(form.dataset.nokey ?? "no key");
  field.value = text(await crypto.subtle.sign("Ed25519", key, bytes(what)));
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("sign" in form.dataset) || form.elements.signature?.value || event.defaultPrevented) return;
  event.preventDefault();
  // A second click neither signs nor sends again.
  form.dataset.sent = "yes";
  try {
    await sign(form);
    form.submit();
  } catch (error) {
    delete form.dataset.sent;
    problem(form, error.message);
  }
});

const ask = async (path, form) => {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" });
  if (!answer.ok) throw new Error(form.dataset.refused ?? String(answer.status));
  return answer.json();
};

document.querySelectorAll("form[data-passkey=get]").forEach((form) =>
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.asked) return;
    form.dataset.asked = "yes";
    try {
      const { challenge, rp_id: rpId } = await ask("/sign-in/challenge", form);
      fill(form, "challenge", challenge);
      await assert(form, { challenge: bytes(challenge), rpId });
      form.submit();
    } catch (error) {
      delete form.dataset.asked;
      problem(form, error.message);
    }
  }),
);

document.querySelectorAll("form[data-passkey=create]").forEach((form) =>
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.asked) return;
    form.dataset.asked = "yes";
    try {
      const halves = [...form.querySelectorAll("[data-half]")].map(({ value }) => value.replace(/\s/g, "").toLowerCase()).join("");
      if (halves || location.hash) fill(form, "link", halves || location.hash.slice(1));
      if (event.submitter && "service" in event.submitter.dataset) {
        form.action = event.submitter.formAction;
        form.submit();
        return;
      }
      const asked = await ask(form.dataset.begin, form);
      const publicKey = {
        challenge: bytes(asked.challenge),
        rp: { id: asked.rp_id, name: asked.agency },
        user: { id: bytes(asked.user), name: asked.name, displayName: asked.name },
        pubKeyCredParams: [{ type: "public-key", alg: -8 }, { type: "public-key", alg: -7 }],
        authenticatorSelection: { residentKey: asked.signs ? "discouraged" : "required", userVerification: "required" },
        attestation: "none",
        timeout: 120000,
      };
      const { rawId, response } = await navigator.credentials.create({ publicKey });
      fill(form, "challenge", asked.challenge);
      fill(form, "credential", text(rawId));
      fill(form, "authenticator_data", text(response.getAuthenticatorData()));
      fill(form, "client_data", text(response.clientDataJSON));
      form.submit();
    } catch (error) {
      delete form.dataset.asked;
      problem(form, error.message);
    }
  }),
);
