/* What instances run in tests: one static program that needs nothing around it. Its first argument says what it does. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void leave(int signal) { (void)signal; _exit(0); }

/* Answers every connection with the instance's id. */
static void serve(const char *address, const char *port) {
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    inet_pton(AF_INET, address, &at.sin_addr);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 16)) {
        perror("listen");
        exit(9);
    }
    puts("serving");
    for (;;) {
        const char *id = getenv("ELBOW_INSTANCE");
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        if (write(client, id ? id : "?", strlen(id ? id : "?")) < 0) perror("write");
        close(client);
    }
}

/* Leaves a process that has left its session, its parent and its standard streams. */
static void leave_a_stray(void) {
    pid_t between = fork();
    if (between == 0) {
        setsid();
        signal(SIGTERM, SIG_IGN);
        if (fork() == 0) {
            close(0), close(1), close(2);
            for (;;) pause();
        }
        _exit(0);
    }
    waitpid(between, NULL, 0);
}

int main(int count, char **words) {
    const char *what = count > 1 ? words[1] : "";
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGTERM, leave);
    if (!strcmp(what, "serve")) serve(words[2], words[3]);
    if (!strcmp(what, "stubborn")) { signal(SIGTERM, SIG_IGN); serve(words[2], words[3]); }
    if (!strcmp(what, "strays")) { leave_a_stray(); leave_a_stray(); serve(words[2], words[3]); }
    if (!strcmp(what, "exit")) { puts(words[3]); return atoi(words[2]); }
    if (!strcmp(what, "exit-with-stray")) { leave_a_stray(); return 4; }
    if (!strcmp(what, "spew")) {
        for (int line = 0; line < atoi(words[2]); line++) printf("line %d of what nobody reads at once\n", line);
        puts("spewed");
    }
    if (!strcmp(what, "work")) {
        char *memory = malloc(32 << 20);
        memset(memory, 1, 32 << 20);
        for (volatile long turn = 0; turn < 300000000 + (memory[5] == 2); turn++);
        puts("worked");
    }
    if (!strcmp(what, "show")) {
        for (int word = 2; word < count; word++) printf("argument %s\n", words[word]);
        for (char **entry = environ; *entry; entry++) printf("variable %s\n", *entry);
        struct rlimit files;
        getrlimit(RLIMIT_NOFILE, &files);
        printf("files %ld\n", (long)files.rlim_cur);
        char directory[4096];
        printf("directory %s\n", getcwd(directory, sizeof directory) ? directory : "?");
        printf("user %d group %d session %d\n", getuid(), getgid(), getsid(0) == getpid());
        puts("shown");
    }
    for (;;) pause();
}
