// A Ringway client for browsers: a session that outlives its WebSocket. Its twin is Sources/RingwayClient/ClientSession.swift.
//
//   import { connect } from "/ringway.js";
//   const session = connect("/chat", { user: "alice", onmessage: (m) => show(m.from, m.data) });
//   const { status } = await session.send("bob", { text: "hello" });

const TIMING = {
  base: 250, cap: 30_000, // Waits before coming back: a random part of a span that doubles from base to cap.
  stable: 10_000, // Open for so long: spans begin anew.
  hint: 60_000, // The most that a server's `retry=` is obeyed.
  welcome: 20_000, // Opening, up to the server's greeting.
  answer: 60_000, // A reliable message without last result: unknown. Nothing older is sent again.
};
const SENDERS = 4096; // Remembered, to drop duplicates; the one that was silent longest is forgotten first.
const MAX_SENDS = 1024, MAX_CHARACTERS = 8 << 20; // Messages without last result, and how long they may be together.
const BATCH = 32; // Acknowledged at once; fewer wait for the end of the browser's task.

const mayReturn = (code) => (code >= 4000 && code < 4500) || [1001, 1005, 1006, 1011, 1012, 1013].includes(code);
const isAfter = (a, b) => {
  const [e, k] = a.split("-").map(Number), [f, l] = (b ?? "0-0").split("-").map(Number);
  return e > f || (e === f && k > l);
};

/**
 * Opens a session; it connects, resumes and comes back by itself until it is closed.
 *
 * Options: `user` (where the server takes it from the query), `token` (a JWT, or a function that gives a fresh one, also as a
 * promise), `onmessage(message)` with `from`, `data`, `sender`, `n`, `position`: acknowledged when it returned, or when its
 * promise settled; the next one waits for it. `onstate(state, detail)`: "open" (`recovered`: nothing was missed),
 * "connecting" and "resuming" (`wait` in ms, `code`, `reason`), "closed" (`code`, `reason`; the last). `onerror(reason, id)`.
 */
export const connect = (url, options) => new Session(url, options);

export class Session {
  /** "connecting", "open", "resuming" or "closed". */
  state = "connecting";
  /** As the server named them. */
  session; user; node;

  #url; #options; #timing; #socket; #isOpen = false; #openedAt = 0; #heardAt = 0; #attempt = 0; #timer;
  #resume; #last; #generation = 0; #n = 0; #sends = new Map(); #characters = 0;
  #marks = new Map(); #inbox = []; #isBusy = false; #handled; #unacked = 0; #ackTimer;

  constructor(url, options = {}) {
    this.#url = new URL(url, globalThis.location?.href);
    this.#url.protocol = this.#url.protocol.replace("http", "ws");
    this.#url.hash = "";
    this.#options = { ...options };
    this.#timing = { ...TIMING, ...options.timing };
    if (options.user !== undefined) this.#add(this.#url, "user", options.user);
    this.#connect();
  }

  /**
   * Sends JSON to a user. Resolves with the last `{ n, status, reason }`: "delivered", "offline", "rejected", or "unknown" (it
   * may have arrived). `class: "reliable"` (the default) is sent again after a lost connection and arrives at most once;
   * "fast" is not. `onaccepted()`: it will arrive; the last result follows.
   */
  send(to, data, { class: kind = "reliable", onaccepted } = {}) {
    const n = ++this.#n;
    const frame = JSON.stringify({ type: "send", id: `${n}`, to, data: data ?? null, class: kind, n });
    return new Promise((resolve) => {
      const isFull = this.#sends.size >= MAX_SENDS || this.#characters + frame.length > MAX_CHARACTERS;
      if (isFull || this.state === "closed") return resolve({ n, status: "rejected", reason: isFull ? "busy" : "closed" });
      const send = { n, frame, isFast: kind === "fast", onaccepted, resolve };
      this.#sends.set(n, send);
      this.#characters += frame.length;
      if (this.#isOpen) this.#write(send);
    });
  }

  /** Gives the server a fresh token before the old one ends, without a new connection. */
  renew(token) {
    if (typeof this.#options.token !== "function") this.#options.token = token;
    if (this.#isOpen) this.#say({ type: "token", token });
  }

  /** Ends the session. What was not answered is unknown, what was not sent is rejected. */
  close() {
    this.#ack();
    this.#end(1000, "");
  }

  // Connecting

  async #connect() {
    try {
      const { token: given } = this.#options;
      const token = typeof given === "function" ? await given() : given;
      if (this.state === "closed") return;
      const url = new URL(this.#url);
      if (this.#resume) {
        this.#add(url, "resume", this.#resume);
        // The newest attempt wins, also over one that a gateway still works on.
        this.#add(url, "generation", ++this.#generation);
        if (this.#last) this.#add(url, "position", this.#last);
      }
      const socket = (this.#socket = new WebSocket(url, ["ringway.v1", ...(token ? [`bearer.${token}`] : [])]));
      const current = (body) => (event) => { if (socket === this.#socket) body(event); };
      socket.onopen = current(() => socket.protocol === "ringway.v1" || this.#end(1002, "no ringway.v1 here"));
      socket.onmessage = current(({ data }) => this.#hear(data));
      socket.onclose = current(({ code, reason }) => this.#lost(code, reason));
      this.#timer = setTimeout(() => this.#lost(1006, "no welcome in time"), this.#timing.welcome);
    } catch (error) {
      if (this.state !== "closed") this.#lost(1006, `${error}`);
    }
  }

  // A query by hand: URLSearchParams writes a space as +, which is a plus here.
  #add(url, name, value) { url.search += `${url.search ? "&" : "?"}${name}=${encodeURIComponent(value)}`; }

  #leave() {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    socket?.close();
  }

  #lost(code, reason) {
    const lasted = this.#isOpen ? Date.now() - this.#openedAt : 0;
    this.#leave();
    // The same token would be refused again.
    const isStale = code === 4401 && typeof this.#options.token !== "function";
    if (!mayReturn(code) || isStale) return this.#end(code, reason);
    for (const send of this.#sends.values()) if (send.isFast && send.sentAt) this.#settle(send, "unknown", "connection lost");
    if (lasted >= this.#timing.stable) this.#attempt = 0;
    const { base, cap, hint } = this.#timing;
    const least = Math.min(hint, /(?:^|;)retry=(\d+)/.exec(reason)?.[1] ?? 0);
    const wait = least + Math.random() * Math.min(cap, base * 2 ** this.#attempt++);
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.#become(this.#resume ? "resuming" : "connecting", { wait, code, reason });
  }

  #end(code, reason) {
    if (this.state === "closed") return;
    this.#leave();
    clearTimeout(this.#ackTimer);
    this.state = "closed"; // Before anybody hears of it: nothing may be sent from there.
    for (const send of this.#sends.values()) this.#settle(send, send.sentAt ? "unknown" : "rejected", "closed");
    this.#become("closed", { code, reason });
  }

  #become(state, detail) {
    this.state = state;
    this.#call(this.#options.onstate, state, detail);
  }

  // An error of the page's own must not stop the session.
  #call(body, ...values) {
    try {
      return body?.(...values);
    } catch (error) {
      reportError(error);
    }
  }

  // Hearing

  #hear(text) {
    let frame;
    try { frame = JSON.parse(text); } catch { return; }
    this.#heardAt = Date.now();
    if (frame.type === "welcome") return this.#welcomed(frame);
    if (frame.resume) this.#resume = frame.resume;
    if (frame.node) this.node = frame.node;
    switch (frame.type) {
      case "resumed": return this.#opened(frame.recovered, frame.replayed);
      case "home": return this.#take(frame.position);
      case "message": return this.#message(frame);
      case "result": return this.#result(frame);
      case "error": {
        const send = this.#sends.get(+frame.id);
        return send ? this.#settle(send, "rejected", frame.reason) : this.#call(this.#options.onerror, frame.reason, frame.id);
      }
    }
  }

  #welcomed({ session, user, node, resume, position }) {
    const former = this.session;
    Object.assign(this, { session, user, node });
    this.#resume = resume;
    if (session === former) return; // `resumed` follows.
    // Another session: its positions begin anew, and nobody can say what became of what the former one sent.
    this.#last = position;
    this.#generation = 0;
    this.#handled = undefined;
    for (const entry of this.#inbox) entry.position = undefined;
    for (const send of this.#sends.values()) if (send.sentAt) this.#settle(send, "unknown", "the session was lost");
    this.#opened(former === undefined, 0);
  }

  #opened(recovered, replayed) {
    clearTimeout(this.#timer);
    this.#isOpen = true;
    this.#openedAt = Date.now();
    for (const send of this.#sends.values()) this.#write(send);
    if (this.#handled) this.#ack();
    this.#become("open", { recovered, replayed });
  }

  #message(message) {
    const { sender, n, position } = message;
    // A fast message has no position: it comes once at most, and may overtake.
    const isKept = position && sender;
    const isDouble = isKept && (this.#marks.get(sender) ?? -1) >= n;
    if (isKept && !isDouble) {
      this.#marks.delete(sender); // The map's order is the order of last use.
      this.#marks.set(sender, n);
      if (this.#marks.size > SENDERS) this.#marks.delete(this.#marks.keys().next().value);
    }
    this.#take(position, isDouble ? undefined : message);
  }

  // Positions are acknowledged in order, also those of what the page does not see: the server waits for them.
  #take(position, message) {
    if (position && isAfter(position, this.#last)) this.#last = position;
    this.#inbox.push({ position, message });
    this.#drain();
  }

  #drain() {
    while (!this.#isBusy && this.#inbox.length > 0) {
      this.#isBusy = true;
      const { message } = this.#inbox[0];
      const later = message && this.#call(this.#options.onmessage, message);
      if (typeof later?.then !== "function") { this.#done(); continue; }
      Promise.resolve(later).catch(reportError).then(() => { this.#done(); this.#drain(); });
    }
  }

  #done() {
    this.#isBusy = false;
    const { position } = this.#inbox.shift();
    if (!position) return;
    this.#handled = position;
    if (++this.#unacked >= BATCH) this.#ack();
    else this.#ackTimer ??= setTimeout(() => this.#ack());
  }

  #ack() {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    if (!this.#isOpen || !this.#handled) return;
    this.#say({ type: "ack", position: this.#handled });
    this.#handled = undefined;
    this.#unacked = 0;
  }

  // Sending

  #say(frame) { this.#socket.send(JSON.stringify(frame)); }

  #write(send) {
    const now = Date.now();
    send.isAgain = send.sentAt !== undefined;
    // Its recipient may have forgotten this sender by now, and would not know a duplicate.
    if (send.isAgain && now - send.sentAt >= this.#timing.answer) return;
    if (!send.isAgain) {
      send.sentAt = now;
      this.#expect(send);
    }
    this.#socket.send(send.frame);
  }

  #expect(send) {
    clearTimeout(send.timer);
    send.timer = setTimeout(() => {
      this.#settle(send, "unknown", "no answer in time");
      // Not a word all that time: the connection is dead, and nobody told the browser.
      if (this.#isOpen && Date.now() - this.#heardAt >= this.#timing.answer) this.#lost(1006, "silence");
    }, this.#timing.answer);
  }

  #result({ id, status, reason }) {
    const send = this.#sends.get(+id);
    if (!send) return;
    if (status !== "accepted") return this.#settle(send, status, reason);
    this.#expect(send);
    if (!send.isAccepted) this.#call(send.onaccepted);
    send.isAccepted = true;
  }

  #settle(send, status, reason) {
    // A failure of the second try says nothing about the first.
    if (send.isAgain && status !== "delivered") [status, reason] = ["unknown", reason ?? status];
    clearTimeout(send.timer);
    this.#sends.delete(send.n);
    this.#characters -= send.frame.length;
    send.resolve({ n: send.n, status, reason });
  }
}
