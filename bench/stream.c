/*
 * A client of streamed answers: how soon the first event comes, and how many come.
 *
 *   stream PORT CONNECTIONS MILLISECONDS REQUEST-FILE
 *
 * Each connection sends the bytes of the file as they are, reads the answer to its end and begins anew, until the time
 * is over; answers under way then are still read to their end. Connections begin one millisecond apart, so that their
 * events do not come in bursts. Prints one JSON object: the number of `data:` lines and of reads that brought something,
 * and for each answer the microseconds from sending to the read that held its first `data:`.
 *
 * An answer that is not a chunked 200 ending in [DONE] is printed to standard error, and the exit code is 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 1024, MAX_ANSWERS = 1 << 20, MAX_REQUEST = 1 << 20 };

struct connection {
  int fd;
  int open;         /* an answer is under way */
  long long start;  /* when its request was sent */
  int started;      /* its first bytes were checked */
  int events;       /* `data:` seen */
  int data, done, end; /* characters matched so far of "data:", "[DONE]" and the last chunk */
};

static struct connection connections[MAX_CONNECTIONS];
static char request[MAX_REQUEST];
static size_t request_length;
static struct sockaddr_in address = {.sin_family = AF_INET};
static float first[MAX_ANSWERS];
static long answers, events, reads;

static void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("stream: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(1);
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void dial(struct connection *c, int poll) {
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address)) die("cannot connect: %s", strerror(errno));
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = c});
}

static void ask(struct connection *c) {
  c->start = now();
  c->open = 1;
  c->started = c->events = c->data = c->done = c->end = 0;
  if (send(c->fd, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length) die("cannot send: %s", strerror(errno));
}

/* One step of a search for `text`, whose first character occurs in it once. True at its last character. */
static int step(int *matched, const char *text, char c) {
  if (c == text[*matched]) return text[++*matched] == 0;
  *matched = c == text[0];
  return 0;
}

/* Reads what has come; true when that ends the answer. */
static int receive(struct connection *c) {
  char buffer[64 << 10];
  ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
  long long time = now();
  if (n < 0) die("cannot receive: %s", strerror(errno));
  if (n == 0) die("the connection was closed within an answer, after %d events", c->events);
  if (!c->open) die("bytes after the end of an answer: %.*s", (int)n, buffer);
  if (!c->started++ && (n < 12 || memcmp(buffer + 9, "200", 3))) die("not a 200: %.*s", (int)n, buffer);
  reads++;
  for (ssize_t i = 0; i < n; i++) {
    if (c->done < 6) {
      if (step(&c->data, "data:", buffer[i])) {
        c->data = 0;
        events++;
        if (c->events++ == 0) {
          if (answers == MAX_ANSWERS) die("more than %d answers", MAX_ANSWERS);
          first[answers++] = (time - c->start) / 1000.0;
        }
      }
      step(&c->done, "[DONE]", buffer[i]);
    } else if (step(&c->end, "0\r\n\r\n", buffer[i])) {
      c->open = 0;
      return 1;
    }
  }
  return 0;
}

int main(int count, char **arguments) {
  if (count != 5) die("usage: stream PORT CONNECTIONS MILLISECONDS REQUEST-FILE");
  address.sin_port = htons(atoi(arguments[1]));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int total = atoi(arguments[2]);
  if (total < 1 || total > MAX_CONNECTIONS) die("from 1 to %d connections", MAX_CONNECTIONS);
  FILE *file = fopen(arguments[4], "rb");
  if (!file) die("cannot read %s", arguments[4]);
  request_length = fread(request, 1, sizeof request, file);

  int poll = epoll_create1(0);
  for (int i = 0; i < total; i++) dial(&connections[i], poll);

  long long begin = now(), end = begin + atoll(arguments[3]) * 1000000LL;
  int begun = 0, open = 0;
  struct epoll_event ready[64];
  while (begun < total || open > 0) {
    while (begun < total && now() >= begin + begun * 1000000LL) {
      ask(&connections[begun++]);
      open++;
    }
    int n = epoll_wait(poll, ready, 64, begun < total ? 1 : 10000);
    if (n == 0 && begun == total) die("nothing came for 10 s");
    for (int i = 0; i < n; i++) {
      struct connection *c = ready[i].data.ptr;
      if (!receive(c)) continue;
      if (now() < end) ask(c);
      else open--;
    }
  }

  printf("{\"events\":%ld,\"reads\":%ld,\"first\":[", events, reads);
  for (long i = 0; i < answers; i++) printf(i ? ",%.1f" : "%.1f", first[i]);
  puts("]}");
}
