// Threads that allocate and check what they computed, so that garbage is collected meanwhile.
void compute(int number) {
    long first = 0;
    for (int round = 0; ; round++) {
        var things = new java.util.HashMap<String, long[]>();
        for (int i = 0; i < 20_000; i++) things.put("k" + i * number, new long[] {i, i * 31L, number});
        long sum = 0;
        for (var thing : things.entrySet())
            sum += thing.getKey().hashCode() * thing.getValue()[1] + thing.getValue()[2];
        if (round == 0) first = sum;
        System.out.println(sum == first ? "ok" : "wrong");
        if (round % 50 == 0) System.gc();
    }
}

void main() throws Exception {
    for (int i = 1; i <= 3; i++) {
        int number = i;
        var thread = new Thread(() -> compute(number));
        thread.setDaemon(true);
        thread.start();
    }
    System.out.println("ready");
    Thread.sleep(300_000);
}
