// The node peer: node server.js PORT. /cpu and /block stall its only thread, as they would in any
// handler that is written without care for it.
"use strict";
const http = require("node:http");
const body = Buffer.from("Hello, world!");
const idle = new Int32Array(new SharedArrayBuffer(4));

function answer(response) {
  response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": body.length });
  response.end(body);
}

// CPU time, not time: beside others it is the same work and takes longer.
function calculate(ms) {
  const begin = process.cpuUsage();
  for (;;) {
    const spent = process.cpuUsage(begin);
    if (spent.user + spent.system >= ms * 1000) return;
  }
}

const server = http.createServer((request, response) => {
  const url = request.url;
  if (url === "/hello") return answer(response);
  const at = url.indexOf("ms=");
  const ms = at < 0 ? 100 : Number(url.slice(at + 3));
  if (url.startsWith("/sleep")) return void setTimeout(answer, ms, response);
  if (url.startsWith("/block")) Atomics.wait(idle, 0, 0, ms);
  else if (url.startsWith("/cpu")) calculate(ms);
  else {
    response.writeHead(404, { "Content-Length": 0 });
    return void response.end();
  }
  answer(response);
});
server.keepAliveTimeout = 600000;
server.headersTimeout = 0;
server.requestTimeout = 0;
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 65535 });
