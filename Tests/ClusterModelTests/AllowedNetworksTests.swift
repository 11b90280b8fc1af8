import Testing

@testable import ClusterModel

@Suite("allowed networks")
struct AllowedNetworksTests {
    /// Everything at once, so that what is refused is refused by itself and not for lying elsewhere.
    private static func everything() throws -> AllowedNetworks {
        AllowedNetworks([try #require(IPNetwork("0.0.0.0/0")), try #require(IPNetwork("::/0"))])
    }

    private static func fault(_ address: String, _ url: String, in networks: AllowedNetworks) -> String? {
        do throws(FieldError) {
            let record = try NodeRecord(id: "a", incarnation: 1, address: address, url: url)
            return networks.complaint(about: record)?.field
        } catch {
            return error.field
        }
    }

    /// Registrations that must never be up, whatever a registry was told to allow.
    static let hostile = [
        "169.254.169.254", "169.254.0.1", "[fd00:ec2::254]", "[fd20:ce::254]", "100.100.100.200", "168.63.129.16",
        "192.0.0.192", "0.0.0.0", "0.1.2.3", "[::]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[::ffff:a9fe:a9fe]", "[::ffff:10.0.0.1]", "[::10.0.0.1]", "[::7f00:1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::a00:1]", "[2002:a9fe:a9fe::1]", "[2001:0:a9fe:a9fe::1]", "[2001::1]", "224.0.0.1",
        "239.255.255.255",
        "255.255.255.255", "240.0.0.1", "[ff02::1]", "[100::1]", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433",
        "017700000001", "127.1", "127.0.1", "10.1", "127.0.0.01", "10.0.0.256", "10.0.0.1.", "10.0.0", "1.2.3.4.5",
        "localhost", "localhost.", "node-1.internal", "metadata.google.internal", "169.254.169.254.nip.io",
        "[0:0:0:0:0:0:0:1]",
        "[::0001]", "[FD00::1]", "[fd00:0:0::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[::1", "::1", "user@10.0.0.1",
        "10.0.0.1 ", " 10.0.0.1", "10.0.0.１", "１０.0.0.1", "10。0。0。1", "", "10.0.0.1/8", "10.0.0.1#", "10.0.0.1?x",
        "[10.0.0.1]",
        String(repeating: "1", count: 300), "10.0.0.1:80", "-10.0.0.1", "+10.0.0.1", "10.0.0.1\u{0}", "10.0.0.1\r\n",
    ]

    @Test("a link address is refused in every network if it is no node's", arguments: hostile)
    func refused(host: String) throws {
        #expect(Self.fault("\(host):7100", "ws://10.0.0.1:7200/chat", in: try Self.everything()) == "address")
    }

    @Test(
        "a port is refused if it is none",
        arguments: ["0", "65536", "99999", "-1", "+80", "0x50", "７１００", "", " 80", "80 ", "007100", "70000000000000"])
    func ports(port: String) throws {
        #expect(Self.fault("10.0.0.1:\(port)", "ws://10.0.0.1:7200/", in: try Self.everything()) == "address")
        if !port.isEmpty {
            #expect(Self.fault("10.0.0.1:7100", "ws://10.0.0.1:\(port)/", in: try Self.everything()) == "url")
        }
    }

    @Test(
        "a URL for clients may name a host, and its address is judged like any",
        arguments: [
            ("ws://10.0.0.1:7200/chat", true), ("wss://node-1.example.org/chat", true), ("ws://[fd00::1]:7200/", true),
            ("ws://127.0.0.1/", false), ("ws://localhost/", false), ("ws://a.localhost/", false),
            ("ws://LOCALHOST:80/", false), ("ws://169.254.169.254/", false), ("ws://0x7f.1/", false),
            ("ws://2130706433/", false), ("ws://127.1/", false), ("ws://h..x/", false), ("ws://h./", false),
            ("ws://8.8.8.8/", false), ("ws://[::ffff:10.0.0.1]/", false), ("ws://u@10.0.0.1/", false),
            ("http://10.0.0.1/", false), ("ws://10.0.0.1.0x7f/", false),
        ])
    func urls(url: String, passes: Bool) {
        #expect((Self.fault("10.0.0.1:7100", url, in: .privateNetworks) == nil) == passes)
    }

    @Test(
        "an address is taken in an allowed network, and nowhere else",
        arguments: [
            ("10.0.0.1", "private"), ("10.255.255.255", "private"), ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.168.7.7", "private"), ("[fd12:3456::1]", "private"), ("[fc00::1]", "private"),
            ("127.0.0.1", "loopback"),
            ("127.255.0.1", "loopback"), ("[::1]", "loopback"), ("8.8.8.8", "neither"), ("11.0.0.0", "neither"),
            ("9.255.255.255", "neither"), ("172.15.255.255", "neither"), ("172.32.0.0", "neither"),
            ("192.167.255.255", "neither"), ("192.169.0.0", "neither"), ("128.0.0.1", "neither"),
            ("[2001:db8::1]", "neither"), ("[fe00::1]", "neither"), ("[fbff::1]", "neither"), ("[::2]", "neither"),
        ])
    func allowed(host: String, place: String) throws {
        let url = "ws://n.example/"
        #expect((Self.fault("\(host):7100", url, in: .privateNetworks) == nil) == (place == "private"))
        #expect((Self.fault("\(host):7100", url, in: .loopback) == nil) == (place == "loopback"))
    }

    @Test("a network is one address and a prefix, and nothing behind the prefix")
    func networks() throws {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "10.1.2.3/32", "::/0", "fd00::/8", "::1/128", "2001:db8::/33"] {
            #expect(IPNetwork(text)?.description == text)
        }
        for text in [
            "10.0.0.1/8", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10/8", "/8", "",
            "fd00::/129",
            "fd00::1/8", "10.0.0.0/8/8", "::ffff:10.0.0.0/104", "a/8", "10.0.0.0/ 8",
        ] {
            #expect(IPNetwork(text) == nil, "\(text)")
        }
        let half = try #require(IPNetwork("2001:db8::/33"))
        #expect(half.contains(try #require(IPAddress("2001:db8:7fff::1"))))
        #expect(!half.contains(try #require(IPAddress("2001:db8:8000::1"))))
        #expect(!half.contains(.v4(0x2001_0db8)))
        let deep = try #require(IPNetwork("2001:db8::4:0:0/94"))
        #expect(deep.contains(try #require(IPAddress("2001:db8::7:1:1"))))
        #expect(!deep.contains(try #require(IPAddress("2001:db8::8:0:0"))))
    }

    @Test("IPv6 is written as RFC 5952 says")
    func canonical() {
        for (text, canonical) in [
            ("0:0:0:0:0:0:0:0", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::0001", "2001:db8::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("::ffff:10.0.0.1", "::ffff:a00:1"), ("::127.0.0.1", "::7f00:1"),
        ] {
            #expect(IPAddress(text)?.description == canonical)
        }
        for text in [
            "1", ":::", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "::12345", "::g", ":1", "1:", "::1.2.3",
            "::1.2.3.4:1",
        ] {
            #expect(IPAddress(text) == nil, "\(text)")
        }
    }
}
