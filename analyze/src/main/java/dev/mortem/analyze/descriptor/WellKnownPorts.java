package dev.mortem.analyze.descriptor;

import java.util.Map;
import java.util.Optional;

/** Servers by the port that they listen at unless told otherwise; says nothing of who really does. */
final class WellKnownPorts {
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(25, "SMTP"),
            Map.entry(53, "DNS"),
            Map.entry(80, "HTTP"),
            Map.entry(389, "LDAP"),
            Map.entry(443, "HTTPS"),
            Map.entry(636, "LDAPS"),
            Map.entry(1433, "SQL Server"),
            Map.entry(1521, "Oracle Database"),
            Map.entry(2049, "NFS"),
            Map.entry(2181, "ZooKeeper"),
            Map.entry(2379, "etcd"),
            Map.entry(3306, "MySQL"),
            Map.entry(5432, "PostgreSQL"),
            Map.entry(5672, "RabbitMQ"),
            Map.entry(6379, "Redis"),
            Map.entry(9042, "Cassandra"),
            Map.entry(9092, "Kafka"),
            Map.entry(9200, "Elasticsearch"),
            Map.entry(11211, "memcached"),
            Map.entry(27017, "MongoDB"));

    private WellKnownPorts() {}

    static Optional<String> name(int port) {
        return Optional.ofNullable(NAMES.get(port));
    }
}
