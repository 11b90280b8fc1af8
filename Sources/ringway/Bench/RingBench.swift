import CLinux
import Glibc
import HashRing

/// How long it takes to find an owner: the hash of a 16-byte id included.
struct RingBench {
    let nodes: Int
    let vnodes: Int
    let points: Int
    /// Median of the rounds, and the best.
    let nanosecondsPerLookup: Double
    let bestNanosecondsPerLookup: Double
    let buildMilliseconds: Double
    let lookups: Int
    /// Allocations while looking up; nil unless a preloaded library counts them.
    let allocations: UInt64?
    /// A number that depends on every answer, so that no lookup can be left out.
    let check: UInt64

    private static let ids = 65_536
    private static let idBytes = 16
    private static let rounds = 9

    /// Builds a ring and looks up `lookups` ids in all.
    init(nodes: Int, vnodes: Int, lookups: Int) throws {
        let members = try (0..<nodes).map { try RingMember(id: NodeID("node-\($0)")) }
        let before = clinux_monotonic_nanoseconds()
        let ring = try Ring(members: members, vnodes: vnodes)
        buildMilliseconds = Double(clinux_monotonic_nanoseconds() - before) / 1e6

        let ids = Self.makeIDs()
        let perRound = max(Self.ids, lookups / Self.rounds)
        var times: [Double] = []
        times.reserveCapacity(Self.rounds)
        var sum: UInt64 = 0
        let counter = Self.allocationCounter()
        let allocated = counter?.pointee
        for _ in 0..<Self.rounds {
            let start = clinux_monotonic_nanoseconds()
            sum &+= Self.round(ring, ids, perRound)
            times.append(Double(clinux_monotonic_nanoseconds() - start) / Double(perRound))
        }
        allocations = counter.flatMap { now in allocated.map { now.pointee - $0 } }
        times.sort()
        nanosecondsPerLookup = times[times.count / 2]
        bestNanosecondsPerLookup = times[0]
        points = ring.pointCount
        check = sum
        self.nodes = nodes
        self.vnodes = vnodes
        self.lookups = perRound * Self.rounds
    }

    @inline(never)
    private static func round(_ ring: Ring, _ ids: [UInt8], _ count: Int) -> UInt64 {
        ids.withUnsafeBytes { bytes in
            var sum: UInt64 = 0
            for lookup in 0..<count {
                let start = (lookup & (Self.ids - 1)) * idBytes
                let key = UnsafeRawBufferPointer(rebasing: bytes[start..<start + idBytes])
                sum &+= UInt64(ring.ownerIndex(ofHash: ring.hash(of: key)) ?? 0)
            }
            return sum
        }
    }

    /// `user-` and eleven digits of a small generator with a fixed seed: the same ids on every run and machine.
    private static func makeIDs() -> [UInt8] {
        var state: UInt64 = 88_172_645_463_325_252
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ids * idBytes)
        for _ in 0..<ids {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            let digits = String(state % 100_000_000_000)
            bytes.append(contentsOf: ("user-" + String(repeating: "0", count: 11 - digits.count) + digits).utf8)
        }
        return bytes
    }

    /// The counter of a preloaded library that counts calls of malloc(3) and its kin under this name.
    private static func allocationCounter() -> UnsafePointer<UInt64>? {
        // RTLD_DEFAULT is a null handle, a macro that Swift does not see.
        dlsym(nil, "ringway_allocations").map { UnsafePointer($0.assumingMemoryBound(to: UInt64.self)) }
    }

    var json: String {
        let counted = allocations.map { "\($0)" } ?? "null"
        return """
            {"bench":"ring","nodes":\(nodes),"vnodes":\(vnodes),"points":\(points),\
            "ns_per_lookup":\(Rounded.text(nanosecondsPerLookup)),"ns_per_lookup_best":\(Rounded.text(bestNanosecondsPerLookup)),\
            "build_ms":\(Rounded.text(buildMilliseconds)),"lookups":\(lookups),"allocations":\(counted),"check":\(check)}
            """
    }

    var text: String {
        let counted = allocations.map { ", \($0) allocations" } ?? ""
        return """
            \(nodes) nodes of \(vnodes) points: \(Rounded.text(nanosecondsPerLookup)) ns per lookup with its hash \
            (best \(Rounded.text(bestNanosecondsPerLookup)))\(counted), built in \(Rounded.text(buildMilliseconds)) ms
            """
    }
}

/// Numbers for reports.
enum Rounded {
    /// Two digits behind the point, in every locale.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let hundredths = Int64((abs(value) * 100).rounded())
        let rest = hundredths % 100
        return "\(value < 0 ? "-" : "")\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
