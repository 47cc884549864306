/* The floor of the latency benchmark: a minimal relay, one master to N followers, on epoll.
 *
 * It does what any copier must do and nothing else: read the master's lines, split the 18 fields of %ORDER, act on
 * the first `Accepted` of an id, scale the quantity, build one NEWORDER line per follower, one send() each. What the
 * followers answer is read and thrown away. No checks, no book-keeping, no recovery: a yardstick, not a program to trade with.
 *
 * relay --master-port P --follower-ports P1,P2,... --multipliers M1,M2,...   (prints READY when every login burst has ended)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_FOLLOWERS = 1024, LINE_BUFFER = 65536, FIELDS = 18, ID_BITS = 23 };

struct span {
    const char *start;
    size_t length;
};

static int master_fd;
static int follower_count;
static int follower_fd[MAX_FOLLOWERS];
static long multiplier_hundredths[MAX_FOLLOWERS];
static bool is_copied[1 << ID_BITS];
static char unread[LINE_BUFFER];
static size_t unread_length;
static char discarded[LINE_BUFFER];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int log_in(int port, const char *account) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    char line[128];
    int length = snprintf(line, sizeof line, "LOGIN USER1 PASSWORD %s 0\r\n", account);
    if (send(fd, line, (size_t)length, MSG_NOSIGNAL) != length) die("login");
    char burst[4096];
    size_t used = 0;
    while (used < sizeof burst - 1) {
        ssize_t got = recv(fd, burst + used, sizeof burst - 1 - used, 0);
        if (got <= 0) die("login burst");
        used += (size_t)got;
        burst[used] = 0;
        if (strstr(burst, "#SLOrderEnd\r\n")) return fd;
    }
    fprintf(stderr, "the login burst did not end\n");
    exit(1);
}

static long to_number(struct span field) {
    long value = 0;
    for (size_t i = 0; i < field.length; i++) value = value * 10 + (field.start[i] - '0');
    return value;
}

static bool is_word(struct span field, const char *word) {
    return field.length == strlen(word) && memcmp(field.start, word, field.length) == 0;
}

static char *put(char *at, struct span field) {
    memcpy(at, field.start, field.length);
    at[field.length] = ' ';
    return at + field.length + 1;
}

static char *put_number(char *at, long value) {
    char digits[20];
    size_t count = 0;
    do digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count) *at++ = digits[--count];
    *at++ = ' ';
    return at;
}

/* Fields of %ORDER as the wire orders them: id token symb b/s type qty lvqty cxlqty price route status ... */
static void copy_order(const struct span field[FIELDS], long id) {
    static const char tail[] = "TIF=DAY+\r\n";
    long order_qty = to_number(field[5]);
    long token = 1L << 30 | id;
    for (int i = 0; i < follower_count; i++) {
        long quantity = (order_qty * multiplier_hundredths[i] + 50) / 100;
        char line[256] = "NEWORDER ";
        char *at = put_number(line + 9, token);
        at = put(put(put(at, field[3]), field[2]), field[9]);
        at = put(put_number(at, quantity < 1 ? 1 : quantity), field[8]);
        memcpy(at, tail, sizeof tail - 1);
        at += sizeof tail - 1;
        (void)!send(follower_fd[i], line, (size_t)(at - line), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

static void on_line(const char *line, size_t length) {
    if (length < 7 || memcmp(line, "%ORDER ", 7) != 0) return;
    struct span field[FIELDS];
    int count = 0;
    const char *end = line + length;
    for (const char *at = line + 7; at < end && count < FIELDS; count++) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        if (!blank) blank = end;
        field[count] = (struct span){at, (size_t)(blank - at)};
        at = blank + 1;
    }
    if (count != FIELDS || field[2].length > 32 || field[8].length > 32 || field[9].length > 32) return;
    if (!is_word(field[10], "Accepted") || to_number(field[12]) != 0) return;
    long id = to_number(field[0]) & ((1 << ID_BITS) - 1);
    if (is_copied[id]) return;
    is_copied[id] = true;
    copy_order(field, id);
}

static bool read_master(void) {
    ssize_t got = recv(master_fd, unread + unread_length, sizeof unread - unread_length, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    unread_length += (size_t)got;
    char *at = unread;
    for (char *end; (end = memchr(at, '\n', unread_length - (size_t)(at - unread))); at = end + 1) {
        size_t length = (size_t)(end - at);
        on_line(at, length && at[length - 1] == '\r' ? length - 1 : length);
    }
    unread_length -= (size_t)(at - unread);
    memmove(unread, at, unread_length);
    return unread_length < sizeof unread;
}

static void watch(int poll_fd, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

static void read_arguments(int argc, char **argv, int *master_port, int *ports) {
    static const struct option options[] = {{"master-port", required_argument, NULL, 'm'},
                                            {"follower-ports", required_argument, NULL, 'f'},
                                            {"multipliers", required_argument, NULL, 'x'},
                                            {NULL, 0, NULL, 0}};
    int multipliers = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'm') *master_port = atoi(optarg);
        if (option == 'f')
            for (char *word = strtok(optarg, ","); word && follower_count < MAX_FOLLOWERS; word = strtok(NULL, ","))
                ports[follower_count++] = atoi(word);
        if (option == 'x')
            for (char *word = strtok(optarg, ","); word && multipliers < MAX_FOLLOWERS; word = strtok(NULL, ","))
                multiplier_hundredths[multipliers++] = (long)(strtod(word, NULL) * 100 + 0.5);
        if (option == '?') exit(2);
    }
    if (!*master_port || !follower_count || multipliers != follower_count) {
        fprintf(stderr, "relay needs --master-port, --follower-ports and as many --multipliers\n");
        exit(2);
    }
}

int main(int argc, char **argv) {
    int master_port = 0;
    int ports[MAX_FOLLOWERS];
    read_arguments(argc, argv, &master_port, ports);
    int poll_fd = epoll_create1(0);
    if (poll_fd < 0) die("epoll_create1");
    for (int i = 0; i < follower_count; i++) {
        char account[32];
        snprintf(account, sizeof account, "F%03d", i + 1);
        follower_fd[i] = log_in(ports[i], account);
        watch(poll_fd, follower_fd[i]);
    }
    master_fd = log_in(master_port, "MASTER");
    watch(poll_fd, master_fd);
    puts("READY");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[64];
        int count = epoll_wait(poll_fd, events, 64, -1);
        if (count < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == master_fd) {
                if (!read_master()) return 0;
            } else if (recv(fd, discarded, sizeof discarded, MSG_DONTWAIT) == 0) {
                epoll_ctl(poll_fd, EPOLL_CTL_DEL, fd, NULL);
            }
        }
    }
}
