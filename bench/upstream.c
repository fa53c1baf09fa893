/*
 * A provider that costs next to nothing: what the proxies under test call, so that what is measured is theirs.
 *
 *   upstream PORT
 *
 * Answers every POST with a chat completion of 666 bytes; when the body holds "stream":true, with 200 server-sent
 * events of about 260 bytes, chunked, then one with the usage, then [DONE]. `"user":"pace-N"` in the body, a field that
 * every gateway passes on, sets the pace: one event every N microseconds, the first at once (default 200).
 *
 * HTTP/1.1 with kept-alive connections over one epoll loop. Requests must carry a content-length of at most 1 MiB and
 * must not be pipelined. Anything else is a fault of the benchmark: it says so on standard error and exits with 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 200, MAX_HEAD = 64 << 10, MAX_BODY = 1 << 20, MAX_CONNECTIONS = 4096 };

struct connection {
  char *input;       /* one request, allocated once per descriptor and kept */
  size_t filled;
  long long pace;    /* nanoseconds between events */
  long long due;     /* when the next event is to leave, 0 when no answer is streaming */
  int sent;          /* events sent of the answer that is streaming */
};

static struct connection connections[MAX_CONNECTIONS];
static int streaming[MAX_CONNECTIONS], streams; /* descriptors with an answer under way */

static char answer[2048];
static char first[1024], middle[1024], last[1024]; /* head and first event; an event; usage, [DONE] and the end */

static void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("upstream: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(1);
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* An event as one chunk of the chunked encoding. */
static void chunk(char *to, const char *event) {
  sprintf(to, "%zx\r\n%s\r\n", strlen(event), event);
}

static void prepare(void) {
  char body[1024], event[512];
  int length = sprintf(
      body, "{\"id\":\"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG\",\"object\":\"chat.completion\",\"created\":1741570283,"
            "\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
            "\"content\":\"");
  const char *end = "\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
                    "\"usage\":{\"prompt_tokens\":212,\"completion_tokens\":46,\"total_tokens\":258,"
                    "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0}},"
                    "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_fc9f1d7035\"}";
  for (; length + strlen(end) < 666; length++) body[length] = length % 7 == 0 ? ' ' : 'a' + length % 23;
  strcpy(body + length, end);
  sprintf(answer, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", strlen(body), body);

  const char *shape = "data: {\"id\":\"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG\",\"object\":\"chat.completion.chunk\","
                      "\"created\":1741570283,\"model\":\"gpt-4o-mini-2024-07-18\","
                      "\"system_fingerprint\":\"fp_fc9f1d7035\",\"choices\":[%s],\"usage\":%s}\n\n";
  length = sprintf(first, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
  sprintf(event, shape, "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hello\"},\"finish_reason\":null}", "null");
  chunk(first + length, event);
  sprintf(event, shape, "{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}", "null");
  chunk(middle, event);
  sprintf(event, shape, "", "{\"prompt_tokens\":212,\"completion_tokens\":200,\"total_tokens\":412}");
  chunk(last, event);
  strcat(last, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
}

/* Everything here is far smaller than a socket's buffer, so that a short write means a reader that has stopped. */
static void put(int fd, const char *text) {
  size_t length = strlen(text);
  ssize_t written = send(fd, text, length, MSG_NOSIGNAL);
  if (written < 0 && (errno == EPIPE || errno == ECONNRESET)) return; /* the client went away; the read will tell */
  if (written != (ssize_t)length) die("a client does not read its answer");
}

static void end_stream(int fd) {
  connections[fd].due = 0;
  for (int i = 0; i < streams; i++)
    if (streaming[i] == fd) {
      streaming[i] = streaming[--streams];
      return;
    }
}

static void next_event(int fd) {
  struct connection *c = &connections[fd];
  put(fd, c->sent == 0 ? first : c->sent < EVENTS ? middle : last);
  c->due += c->pace;
  if (c->sent++ == EVENTS) end_stream(fd);
}

static const char *header(const char *head, const char *name) {
  const char *at = strcasestr(head, name);
  return at ? at + strlen(name) : NULL;
}

/* Answers the request in the connection's buffer, once it is complete. */
static void respond(int fd) {
  struct connection *c = &connections[fd];
  char *end = memmem(c->input, c->filled < MAX_HEAD ? c->filled : MAX_HEAD, "\r\n\r\n", 4);
  if (!end) {
    if (c->filled >= MAX_HEAD) die("a request's head is larger than %d bytes", MAX_HEAD);
    return;
  }
  *end = 0;
  const char *length = header(c->input, "\r\ncontent-length:");
  if (!length && strncmp(c->input, "GET ", 4) != 0) die("a request without content-length: %s", c->input);
  long body = length ? atol(length) : 0;
  *end = '\r';
  size_t total = end + 4 - c->input + body;
  if (body > MAX_BODY) die("a request of %ld bytes is larger than %d", body, MAX_BODY);
  if (c->filled < total) return;
  if (c->filled > total) die("a pipelined request");
  if (c->due) die("a request on a connection whose answer is still streaming");
  c->filled = 0;

  if (!memmem(end + 4, body, "\"stream\":true", 13)) {
    put(fd, answer);
    return;
  }
  char *pace = memmem(end + 4, body, "\"user\":\"pace-", 13);
  c->pace = (pace ? atol(pace + 13) : 200) * 1000LL;
  c->due = now();
  c->sent = 0;
  streaming[streams++] = fd;
  next_event(fd);
}

static void receive(int fd) {
  struct connection *c = &connections[fd];
  ssize_t n = recv(fd, c->input + c->filled, MAX_HEAD + MAX_BODY - c->filled, 0);
  if (n > 0) {
    c->filled += n;
    respond(fd);
  } else if (n == 0 || errno != EAGAIN) {
    end_stream(fd);
    c->filled = 0;
    close(fd);
  }
}

static void admit(int server, int poll) {
  int fd = accept4(server, NULL, NULL, SOCK_NONBLOCK);
  if (fd < 0) return;
  if (fd >= MAX_CONNECTIONS) die("more than %d connections", MAX_CONNECTIONS);
  if (!connections[fd].input) connections[fd].input = malloc(MAX_HEAD + MAX_BODY + 1);
  if (!connections[fd].input) die("out of memory");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
}

int main(int count, char **arguments) {
  if (count != 2) die("usage: upstream PORT");
  prepare();
  int server = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 1024))
    die("cannot listen on port %s: %s", arguments[1], strerror(errno));
  int poll = epoll_create1(0);
  epoll_ctl(poll, EPOLL_CTL_ADD, server, &(struct epoll_event){.events = EPOLLIN, .data.fd = server});

  struct epoll_event ready[256];
  for (;;) {
    struct timespec wait, *limit = NULL;
    if (streams) {
      long long soonest = connections[streaming[0]].due;
      for (int i = 1; i < streams; i++)
        if (connections[streaming[i]].due < soonest) soonest = connections[streaming[i]].due;
      long long left = soonest - now();
      if (left < 0) left = 0;
      wait = (struct timespec){.tv_sec = left / 1000000000LL, .tv_nsec = left % 1000000000LL};
      limit = &wait;
    }
    int n = epoll_pwait2(poll, ready, 256, limit, NULL);
    for (int i = 0; i < n; i++) {
      if (ready[i].data.fd == server) admit(server, poll);
      else receive(ready[i].data.fd);
    }
    if (!streams) continue;
    long long time = now();
    for (int i = streams - 1; i >= 0; i--) /* from the back: the one that ends is replaced by the last */
      if (connections[streaming[i]].due <= time) next_event(streaming[i]);
  }
}
