package dev.mortem.os.linux.call;

/**
 * The system calls' numbers, which differ between CPUs.
 *
 * <p>x86-64: asm/unistd_64.h; arm64: asm-generic/unistd.h; both of Linux 6.1's headers, and such numbers
 * never change. The arm64 row is compared with the header; it has not been run.
 */
enum CallNumbers {
    X86_64(
            101, 247, 271, 434, 424, 310, 16, 62, 3, 257, 157, 144, 17, 18, 41, 44, 45, 49, 234,
            293, 228),
    ARM64(
            117, 95, 73, 434, 424, 270, 29, 129, 57, 56, 167, 119, 67, 68, 198, 206, 207, 200, 131,
            59, 113);

    final int ptrace;
    final int waitid;
    final int ppoll;
    final int pidfdOpen;
    final int pidfdSendSignal;
    final int processVmReadv;
    final int ioctl;
    final int kill;
    final int close;
    final int openat;
    final int prctl;
    final int schedSetscheduler;
    final int pread64;
    final int pwrite64;
    final int socket;
    final int sendto;
    final int recvfrom;
    final int bind;
    final int tgkill;
    final int pipe2;
    final int clockGettime;

    CallNumbers(
            int ptrace,
            int waitid,
            int ppoll,
            int pidfdOpen,
            int pidfdSendSignal,
            int processVmReadv,
            int ioctl,
            int kill,
            int close,
            int openat,
            int prctl,
            int schedSetscheduler,
            int pread64,
            int pwrite64,
            int socket,
            int sendto,
            int recvfrom,
            int bind,
            int tgkill,
            int pipe2,
            int clockGettime) {
        this.ptrace = ptrace;
        this.waitid = waitid;
        this.ppoll = ppoll;
        this.pidfdOpen = pidfdOpen;
        this.pidfdSendSignal = pidfdSendSignal;
        this.processVmReadv = processVmReadv;
        this.ioctl = ioctl;
        this.kill = kill;
        this.close = close;
        this.openat = openat;
        this.prctl = prctl;
        this.schedSetscheduler = schedSetscheduler;
        this.pread64 = pread64;
        this.pwrite64 = pwrite64;
        this.socket = socket;
        this.sendto = sendto;
        this.recvfrom = recvfrom;
        this.bind = bind;
        this.tgkill = tgkill;
        this.pipe2 = pipe2;
        this.clockGettime = clockGettime;
    }

    static CallNumbers ofThisCpu() {
        return "aarch64".equals(System.getProperty("os.arch")) ? ARM64 : X86_64;
    }
}
