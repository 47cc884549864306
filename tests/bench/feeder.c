/* The feeder of the latency benchmark: plays DAS for one master and N followers on loopback, and holds the stop-watch.
 *
 * It listens on one port an account, answers LOGIN with the burst of an empty account and a few queries, then writes the
 * master's %ORDER rows at an open-loop, jittered rate. A latency runs from just before the write of the master's row to
 * the kernel's receive time of the NEWORDER at a follower's socket (SO_TIMESTAMPNS; the user-space time where the kernel
 * gave none, marked so in the sample). After each NEWORDER it answers as DAS does: acknowledgement, %OrderAct Sending,
 * %ORDER Sending, %ORDER Accepted, at once or late.
 *
 * Talk with the runner: stdout "PORTS master f1 f2 ...", "LOGGED_IN", at the end "DONE {counts as JSON}"; stdin "GO".
 * Samples: 32 bytes each, native order: u32 order, u32 follower, i64 sent ns, i64 received ns, u32 quantity, u32 is_kernel_time.
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
#include <strings.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LINKS = 1025, MAX_CHOICES = 64, LINE_BUFFER = 8192, FIRST_ID = 1001, ID_MASK = (1 << 23) - 1 };
enum kind { LISTENER, LINK, TIMER, INPUT };
static const int64_t SECOND_NS = 1000000000, GRACE_NS = 5000000000, LINGER_NS = 100000000,
                     AFTER_BURST_NS = 5000000000;

struct link {
    int listener, fd;
    bool is_logged_in;
    char account[32], trader[32], unread[LINE_BUFFER];
    size_t unread_length;
    uint32_t next_id;
};

struct sample {
    uint32_t order, follower;
    int64_t sent_ns, received_ns;
    uint32_t quantity, is_kernel_time;
};

struct copy { /* one NEWORDER as it was read, kept for the answer */
    int64_t due_ns;
    int follower;
    long token, quantity;
    char side[4], symbol[16], route[16], price[16];
};

static struct {
    int followers, orders, burst, stalled, echo_delay_us;
    double rate, burst_rate;
    bool is_silent, has_sending_row;
    uint64_t seed;
    const char *out;
    char *symbols[MAX_CHOICES];
    long quantities[MAX_CHOICES], hundredths[MAX_LINKS];
    int symbol_count, quantity_count, multiplier_count;
} plan = {.followers = 1, .orders = 100, .rate = 100, .burst_rate = 1000, .seed = 1};

static struct {
    long received, duplicates, wrong, unknown_commands, replies_dropped, disconnects;
} counted;

static struct link links[MAX_LINKS]; /* 0 is the master */
static struct sample *samples;       /* order x followers + follower; received_ns 0 = not yet */
static int64_t *sent_ns, *due_ns;
static struct copy *answers;
static long answers_head, answers_tail;
static int poll_fd, timer_fd, sent_orders;
static bool is_started;
static int64_t last_progress_ns, complete_since_ns;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static const char *time_of_day(void) {
    static char text[16];
    static time_t last;
    time_t now = time(NULL);
    if (now != last) {
        struct tm parts;
        strftime(text, sizeof text, "%H:%M:%S", localtime_r(&now, &parts));
        last = now;
    }
    return text;
}

static void reply(struct link *link, const char *text, size_t length) {
    if (send(link->fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length) counted.replies_dropped++;
}

static void say(struct link *link, const char *text) { reply(link, text, strlen(text)); }

/* ---------------------------------------------------------------------------------------------- what DAS answers */

static const char positions[] = "#POS symb type qty avgcost initqty initprice Realized CreatTime Unrealized\r\n#POSEND\r\n";
static const char orders[] = "#Order id token symb b/s mkt/lmt qty lvqty cxlqty price route status time origoid account "
                             "trader orderSrc TIF Pref\r\n#OrderEnd\r\n";
static const char trades[] = "#Trade id symb b/s qty price route time orderid Liq EcnFee PL\r\n#TradeEnd\r\n";
static const char locates[] = "#SLOrder id symb shares openshares exeshares exeprice status route time lmtPrice token "
                              "notes\r\n#SLOrderEnd\r\n";

static void answer_login(struct link *link, const char *line) {
    sscanf(line, "%*s %31s %*s %31s", link->trader, link->account);
    char burst[2048];
    int length = snprintf(burst, sizeof burst, "#LOGIN SUCCESSED\r\n%s%s%s%s", positions, orders, trades, locates);
    reply(link, burst, (size_t)length);
    link->is_logged_in = true;
}

static void answer_query(struct link *link, const char *line) {
    char word[32] = "", subject[32] = "", symbol[32] = "", text[512];
    sscanf(line, "%31s %31s %31s", word, subject, symbol);
    bool is_get = !strcasecmp(word, "GET");
    if (is_get && !strcasecmp(subject, "POSITIONS")) return say(link, positions);
    if (!strcasecmp(word, "POSREFRESH")) return say(link, positions);
    if (is_get && !strcasecmp(subject, "ORDERS")) return say(link, orders);
    if (is_get && !strcasecmp(subject, "TRADES")) return say(link, trades);
    if (is_get && !strcasecmp(subject, "LOCATES")) return say(link, locates);
    if (!strcasecmp(word, "ECHO")) return say(link, "ECHO OFF\r\n");
    if (!strcasecmp(word, "CLIENT")) return say(link, "Client number 1\r\n");
    if (is_get && !strcasecmp(subject, "BP")) {
        return say(link, "#buyingpower bp,nbp\r\nBP 900000000.00 900000000.00\r\n");
    }
    if (is_get && !strcasecmp(subject, "AccountInfo")) {
        return say(link, "#ACCOUNTINFO OpenEQ CurrEQ RealizedPL  UnrealizedPL NetPL HTBCost SecFee FINRAFee ECNFee "
                         "Commission\r\n$AccountInfo 900000000.00 900000000.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00\r\n");
    }
    if (is_get && !strcasecmp(subject, "RouteStatus")) return say(link, "$RouteStatus SMAT Enabled\r\n");
    if (is_get && !strcasecmp(subject, "SHORTINFO")) {
        snprintf(text, sizeof text, "$SHORTINFO %s Y 1000000000 Y 0 0 N N\r\n", symbol);
        return say(link, text);
    }
    if (is_get && !strcasecmp(subject, "SymStatus")) {
        snprintf(text, sizeof text, "$SymStatus %s SSR:N\r\n", symbol);
        return say(link, text);
    }
    if (!strcasecmp(word, "SB")) {
        snprintf(text, sizeof text, "$Quote %s A:200.51 Asz:5 B:200.49 Bsz:5 V:100000 L:200.5 Hi:202 Lo:199 op:200 ycl:200 "
                                    "tcl:0 PE:Q VWAP:200.5 tradesAllDay:1000 RVOL:70 T:%s\r\n", subject, time_of_day());
        return say(link, text);
    }
    if (!strcasecmp(word, "UNSB") || !strcasecmp(word, "ReturnFullLv1") || !strcasecmp(word, "QUIT")) return;
    counted.unknown_commands++;
    say(link, "INVALD COMMAND!\r\n");
}

static void answer_copy(const struct copy *copy) {
    struct link *link = &links[copy->follower];
    if (link->fd < 0) return;
    uint32_t id = link->next_id++;
    const char *now = time_of_day();
    const char *side = copy->side[0] == 'B' ? "Buy" : copy->side[1] == 'S' ? "Shrt" : "Sell";
    char text[1024], row[256];
    snprintf(row, sizeof row, "%%ORDER %u %ld %s %s L %ld %ld 0 %s %s", id, copy->token, copy->symbol, copy->side,
             copy->quantity, copy->quantity, copy->price, copy->route);
    int length = snprintf(text, sizeof text,
                          "#OrderSending\r\n%%OrderAct %u Sending %s %s %ld %s %s %s  %ld\r\n"
                          "%s Sending %s 0 %s %s CMDAPI DAY+ N/A\r\n%s Accepted %s 0 %s %s CMDAPI DAY+ N/A\r\n",
                          id, side, copy->symbol, copy->quantity, copy->price, copy->route, now, copy->token, row, now,
                          link->account, link->trader, row, now, link->account, link->trader);
    reply(link, text, (size_t)length);
}

/* ------------------------------------------------------------------------------------------------- the stop-watch */

static const char *symbol_of(int order) { return plan.symbols[order % plan.symbol_count]; }
static long quantity_of(int order) { return plan.quantities[order % plan.quantity_count]; }

static void take_copy(int follower, const char *line, int64_t received_ns, bool is_kernel_time) {
    struct copy copy = {.follower = follower};
    if (sscanf(line, "%*s %ld %3s %15s %15s %ld %15s", &copy.token, copy.side, copy.symbol, copy.route, &copy.quantity,
               copy.price) != 6) {
        counted.wrong++;
        return;
    }
    long order = (copy.token & ID_MASK) - FIRST_ID;
    if (follower == 0 || order < 0 || order >= sent_orders) {
        counted.wrong++;
        return;
    }
    long expected = (quantity_of((int)order) * plan.hundredths[follower - 1] + 50) / 100;
    if (copy.quantity != (expected < 1 ? 1 : expected) || strcmp(copy.symbol, symbol_of((int)order)) ||
        strcmp(copy.side, "B") || strcmp(copy.price, "200.5"))
        counted.wrong++;
    struct sample *sample = &samples[order * plan.followers + follower - 1];
    last_progress_ns = clock_ns(CLOCK_MONOTONIC);
    if (sample->received_ns) {
        counted.duplicates++;
        return;
    }
    *sample = (struct sample){(uint32_t)order, (uint32_t)(follower - 1), sent_ns[order], received_ns,
                              (uint32_t)copy.quantity, is_kernel_time};
    counted.received++;
    if (plan.is_silent) return;
    if (plan.echo_delay_us == 0) {
        answer_copy(&copy);
        return;
    }
    copy.due_ns = last_progress_ns + plan.echo_delay_us * 1000LL;
    answers[answers_tail++] = copy;
}

static void send_order(void) {
    int order = sent_orders++;
    const char *now = time_of_day();
    char row[128], text[512];
    int length = 0;
    snprintf(row, sizeof row, "%%ORDER %d %d %s B L %ld %ld 0 200.5 SMAT", FIRST_ID + order, 7 + order % 900,
             symbol_of(order), quantity_of(order), quantity_of(order));
    if (plan.has_sending_row)
        length = snprintf(text, sizeof text, "%s Sending %s 0 MASTER %s Hotkey DAY+ N/A\r\n", row, now, links[0].trader);
    length += snprintf(text + length, sizeof text - (size_t)length, "%s Accepted %s 0 MASTER %s Hotkey DAY+ N/A\r\n", row, now,
                       links[0].trader);
    sent_ns[order] = clock_ns(CLOCK_REALTIME);
    reply(&links[0], text, (size_t)length);
    last_progress_ns = clock_ns(CLOCK_MONOTONIC);
}

static void start(void) {
    double planned_ns = 0, begin_ns = (double)(clock_ns(CLOCK_MONOTONIC) + SECOND_NS / 20);
    uint64_t state = plan.seed * 0x9E3779B97F4A7C15u | 1;
    for (int order = 0; order < plan.orders; order++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        double jitter = (double)(state >> 11) / (double)(1ull << 53) - 0.5;
        /* What the burst has left to read is not the stalled follower's doing: let it be digested first. */
        if (order && order == plan.burst) planned_ns += AFTER_BURST_NS;
        double gap_ns = (double)SECOND_NS / (order < plan.burst ? plan.burst_rate : plan.rate);
        due_ns[order] = (int64_t)(begin_ns + planned_ns + (0.5 + 0.8 * jitter) * gap_ns);
        planned_ns += gap_ns;
    }
    if (plan.stalled) epoll_ctl(poll_fd, EPOLL_CTL_DEL, links[plan.stalled].fd, NULL);
    last_progress_ns = (int64_t)begin_ns;
    is_started = true;
}

/* --------------------------------------------------------------------------------------------------- the event loop */

static void watch(int fd, enum kind kind, int index) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)kind << 32 | (uint32_t)index};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

static void open_listener(int index) {
    struct link *link = &links[index];
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    int one = 1;
    link->fd = -1;
    link->next_id = 5001;
    link->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    /* Set on the listener, so that the kernel stamps from the first packet on; accepted sockets inherit it. */
    setsockopt(link->listener, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    if (index && index == plan.stalled) { /* small windows, so that an unread socket is full after a few KB, not megabytes */
        int receive_bytes = 2304, segment_bytes = 88;
        setsockopt(link->listener, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
        setsockopt(link->listener, IPPROTO_TCP, TCP_MAXSEG, &segment_bytes, sizeof segment_bytes);
    }
    if (bind(link->listener, (struct sockaddr *)&address, size) < 0 || listen(link->listener, 4) < 0) die("listen");
    getsockname(link->listener, (struct sockaddr *)&address, &size);
    printf(" %d", ntohs(address.sin_port));
    watch(link->listener, LISTENER, index);
}

static void accept_link(int index) {
    struct link *link = &links[index];
    int fd = accept4(link->listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    if (index && index == plan.stalled && is_started) return; /* it hangs: connected, and never a word */
    if (link->fd >= 0) close(link->fd);
    link->fd = fd;
    link->unread_length = 0;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    watch(fd, LINK, index);
    say(link, "#Welcome to DAS Command API\r\n#Please login to continue.\r\n");
}

static void on_line(int index, char *line, int64_t received_ns, bool is_kernel_time) {
    if (!strncasecmp(line, "NEWORDER ", 9)) {
        take_copy(index, line, received_ns, is_kernel_time);
    } else if (!strncasecmp(line, "LOGIN ", 6)) {
        answer_login(&links[index], line);
        int logged_in = 0;
        for (int i = 0; i <= plan.followers; i++) logged_in += links[i].is_logged_in;
        if (!is_started && logged_in == plan.followers + 1) puts("LOGGED_IN"), fflush(stdout);
    } else {
        answer_query(&links[index], line);
    }
}

static void read_link(int index) {
    struct link *link = &links[index];
    char control[128];
    struct iovec room = {link->unread + link->unread_length, LINE_BUFFER - 1 - link->unread_length};
    struct msghdr message = {.msg_iov = &room, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(link->fd, &message, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        counted.disconnects++;
        close(link->fd);
        link->fd = -1;
        return;
    }
    int64_t received_ns = clock_ns(CLOCK_REALTIME);
    bool is_kernel_time = false;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(head), sizeof stamp);
            received_ns = stamp.tv_sec * SECOND_NS + stamp.tv_nsec;
            is_kernel_time = true;
        }
    link->unread_length += (size_t)got;
    char *at = link->unread, *stop = link->unread + link->unread_length;
    for (char *end; (end = memchr(at, '\n', (size_t)(stop - at))); at = end + 1) {
        *end = 0;
        if (end > at && end[-1] == '\r') end[-1] = 0;
        on_line(index, at, received_ns, is_kernel_time);
    }
    link->unread_length = (size_t)(stop - at);
    memmove(link->unread, at, link->unread_length);
    if (link->unread_length == LINE_BUFFER - 1) counted.wrong++, link->unread_length = 0;
}

static void read_input(void) {
    char text[64];
    ssize_t got = read(STDIN_FILENO, text, sizeof text);
    if (got <= 0) exit(1); /* the runner has gone */
    if (!is_started && memchr(text, 'G', (size_t)got)) start();
}

static long expected_copies(void) { return (long)plan.orders * (plan.followers - (plan.stalled ? 1 : 0)); }

/* Does what is due, and says when to look again; 0 when everything has come, or nothing has moved for too long. */
static int64_t run_due(void) {
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    if (!is_started) return now + 3600 * SECOND_NS;
    while (answers_head < answers_tail && answers[answers_head].due_ns <= now) answer_copy(&answers[answers_head++]);
    if (sent_orders < plan.orders && due_ns[sent_orders] <= now) send_order();
    int64_t next = sent_orders < plan.orders ? due_ns[sent_orders] : 0;
    if (!next) { /* all sent: wait for the rest, and a little longer for what should not come */
        bool is_complete = counted.received >= expected_copies() && answers_head == answers_tail;
        if (is_complete && !complete_since_ns) complete_since_ns = now;
        next = is_complete ? complete_since_ns + LINGER_NS : last_progress_ns + GRACE_NS;
        if (next <= now) return 0;
    }
    if (answers_head < answers_tail && answers[answers_head].due_ns < next) next = answers[answers_head].due_ns;
    return next;
}

static void arm(int64_t at_ns) {
    struct itimerspec when = {.it_value = {.tv_sec = at_ns / SECOND_NS, .tv_nsec = at_ns % SECOND_NS}};
    if (timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL) < 0) die("timerfd_settime");
}

static void run(void) {
    for (int64_t next; (next = run_due());) {
        arm(next);
        struct epoll_event events[64];
        int count = epoll_wait(poll_fd, events, 64, -1);
        if (count < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < count; i++) {
            int index = (int)(events[i].data.u64 & 0xFFFFFFFF);
            uint64_t ticks;
            switch ((enum kind)(events[i].data.u64 >> 32)) {
            case LISTENER: accept_link(index); break;
            case LINK: read_link(index); break;
            case TIMER: (void)!read(timer_fd, &ticks, sizeof ticks); break;
            case INPUT: read_input(); break;
            }
        }
    }
}

/* --------------------------------------------------------------------------------------------------- begin and end */

static void report(void) {
    FILE *file = fopen(plan.out, "wb");
    if (!file) die(plan.out);
    for (long i = 0; i < (long)plan.orders * plan.followers; i++)
        if (samples[i].received_ns) fwrite(&samples[i], sizeof samples[i], 1, file);
    if (fclose(file)) die(plan.out);
    int unread = 0;
    const char *is_up = "null";
    if (plan.stalled && links[plan.stalled].fd >= 0) {
        struct tcp_info state = {0};
        socklen_t size = sizeof state;
        getsockopt(links[plan.stalled].fd, IPPROTO_TCP, TCP_INFO, &state, &size);
        is_up = state.tcpi_state == TCP_ESTABLISHED ? "true" : "false";
        ioctl(links[plan.stalled].fd, FIONREAD, &unread);
    }
    printf("DONE {\"sent\": %d, \"expected\": %ld, \"received\": %ld, \"duplicates\": %ld, \"wrong\": %ld, "
           "\"unknown_commands\": %ld, \"replies_dropped\": %ld, \"disconnects\": %ld, \"stalled_unread_bytes\": %d, "
           "\"is_stalled_link_up\": %s}\n",
           sent_orders, expected_copies(), counted.received, counted.duplicates, counted.wrong, counted.unknown_commands,
           counted.replies_dropped, counted.disconnects, unread, is_up);
    fflush(stdout);
}

static void take_option(int option, char *text) {
    char *word = strchr("yqx", option) ? strtok(text, ",") : NULL; /* the options that are lists */
    switch (option) {
    case 'n': plan.followers = atoi(text); break;
    case 'o': plan.orders = atoi(text); break;
    case 'r': plan.rate = atof(text); break;
    case 'b': plan.burst = atoi(text); break;
    case 's': plan.seed = strtoull(text, NULL, 10); break;
    case 't': plan.stalled = atoi(text); break;
    case 'd': plan.echo_delay_us = atoi(text); break;
    case 'z': plan.is_silent = true; break;
    case 'g': plan.has_sending_row = true; break;
    case 'w': plan.out = text; break;
    case 'y': for (; word && plan.symbol_count < MAX_CHOICES; word = strtok(NULL, ",")) plan.symbols[plan.symbol_count++] = word; break;
    case 'q': for (; word && plan.quantity_count < MAX_CHOICES; word = strtok(NULL, ",")) plan.quantities[plan.quantity_count++] = atol(word); break;
    case 'x': for (; word && plan.multiplier_count < MAX_LINKS; word = strtok(NULL, ",")) plan.hundredths[plan.multiplier_count++] = (long)(strtod(word, NULL) * 100 + 0.5); break;
    default: exit(2);
    }
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"followers", 1, NULL, 'n'}, {"orders", 1, NULL, 'o'},     {"rate", 1, NULL, 'r'},        {"seed", 1, NULL, 's'},
        {"stalled", 1, NULL, 't'},   {"symbols", 1, NULL, 'y'},    {"echo-delay-us", 1, NULL, 'd'}, {"silent", 0, NULL, 'z'},
        {"out", 1, NULL, 'w'},       {"quantities", 1, NULL, 'q'}, {"sending-row", 0, NULL, 'g'}, {"multipliers", 1, NULL, 'x'},
        {"burst", 1, NULL, 'b'},     {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) take_option(option, optarg);
    if (!plan.out || !plan.symbol_count || !plan.quantity_count || plan.multiplier_count != plan.followers ||
        plan.orders < 1 || plan.rate <= 0 || plan.followers >= MAX_LINKS) {
        fprintf(stderr, "feeder needs --out, --symbols, --quantities and one of --multipliers a follower\n");
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    size_t cells = (size_t)plan.orders * (size_t)plan.followers;
    samples = calloc(cells, sizeof *samples);
    answers = calloc(cells, sizeof *answers);
    sent_ns = calloc((size_t)plan.orders, sizeof *sent_ns);
    due_ns = calloc((size_t)plan.orders, sizeof *due_ns);
    poll_fd = epoll_create1(0);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    if (!samples || !answers || !sent_ns || !due_ns || poll_fd < 0 || timer_fd < 0) die("feeder");
    printf("PORTS");
    for (int i = 0; i <= plan.followers; i++) open_listener(i);
    puts("");
    fflush(stdout);
    watch(timer_fd, TIMER, 0);
    watch(STDIN_FILENO, INPUT, 0);
    run();
    report();
    return 0;
}
