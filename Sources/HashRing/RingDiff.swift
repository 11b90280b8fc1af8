/// What two rings disagree on: exactly the hashes whose owner differs (Ring v1 §8).
///
/// For forecasts, and as a fast path. Whether *one* session has moved is decided by asking the new ring for its owner,
/// since a node may have skipped epochs.
public enum RingDiff {
    /// The moved ranges, ascending and disjoint; neighbours with equal owners are one range. O(points of both).
    ///
    /// Both rings are taken as they are; if their seeds differ, a range still compares equal *places*, while nearly
    /// every key has another place.
    public static func ranges(from old: Ring, to new: Ring) -> [MovedRange] {
        var ranges: [MovedRange] = []
        var oldWalk = Walk(old)
        var newWalk = Walk(new)
        var first: UInt64 = 0
        while true {
            let last = min(oldWalk.end, newWalk.end)
            let (from, to) = (oldWalk.owner, newWalk.owner)
            if from != to {
                if let previous = ranges.last, previous.last &+ 1 == first, previous.from == from, previous.to == to {
                    ranges[ranges.count - 1] = MovedRange(first: previous.first, last: last, from: from, to: to)
                } else {
                    ranges.append(MovedRange(first: first, last: last, from: from, to: to))
                }
            }
            guard last < .max else { return ranges }
            oldWalk.step(past: last)
            newWalk.step(past: last)
            first = last + 1
        }
    }

    /// How much of the circle the ranges cover, exactly.
    public static func moved(_ ranges: [MovedRange]) -> CircleShare {
        CircleShare(hashes: ranges.reduce(0) { $0 + UInt128($1.last - $1.first) + 1 })
    }

    /// One pass over a ring's arcs, clockwise from 0.
    private struct Walk {
        let ring: Ring
        var entry = 0

        init(_ ring: Ring) {
            self.ring = ring
        }

        /// The last hash of the current arc; past the last point, the arc of the first point goes on to 2^64-1.
        var end: UInt64 {
            entry < ring.index.count ? ring.index.positions[entry] : .max
        }

        var owner: NodeID? {
            ring.isEmpty ? nil : ring.nodes[Int(ring.index.owners[entry])]
        }

        mutating func step(past last: UInt64) {
            if entry < ring.index.count, ring.index.positions[entry] == last { entry += 1 }
        }
    }
}
