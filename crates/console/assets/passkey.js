// Has the browser ask an authenticator: for a new passkey where a link leads here, for a signature where somebody comes in. What comes of it
// goes to the form's own address, and only the gateway judges it.
"use strict";
(() => {
  const octets = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

  // A link's secret is after the `#`, which no request has; nor does the browser's history from now on.
  const secret = location.hash.slice(1);
  if (secret) history.replaceState(null, "", location.pathname);

  const sent = (path, fields) => fetch(path, { method: "POST", body: new URLSearchParams(fields) });

  const ways = {
    create: async (asked) => {
      const user = { id: new TextEncoder().encode(asked.user), name: asked.name, displayName: asked.name };
      const { response } = await navigator.credentials.create({
        publicKey: {
          challenge: octets(asked.challenge),
          rp: { id: asked.rp, name: "Bulla" },
          user,
          pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -8 }],
          excludeCredentials: asked.held.map((id) => ({ type: "public-key", id: octets(id) })),
          authenticatorSelection: { residentKey: "required", userVerification: "required" },
          attestation: "none",
        },
      });
      return { client: text(response.clientDataJSON), attestation: text(response.attestationObject) };
    },
    get: async (asked) => {
      const { rawId, response } = await navigator.credentials.get({
        publicKey: { challenge: octets(asked.challenge), rpId: asked.rp, userVerification: "required" },
      });
      return {
        id: text(rawId),
        client: text(response.clientDataJSON),
        data: text(response.authenticatorData),
        signature: text(response.signature),
      };
    },
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const [fault, button] = [form.querySelector(".fault"), form.querySelector("button")];
      const own = { form: form.elements.form.value, secret };
      fault.hidden = button.disabled = true;
      try {
        const asked = await sent(`${form.action}/ask`, own);
        if (!asked.ok) throw new Error("refused");
        const made = await ways[form.dataset.passkey](await asked.json());
        const answer = await sent(form.action, { ...own, ...made });
        if (!answer.ok) throw new Error("refused");
        location.assign("/console");
      } catch {
        fault.hidden = button.disabled = false;
      }
    });
  }
})();
