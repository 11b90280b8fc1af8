import Reactor

/// One user of a demo: a client, and to whom it sends.
final class DemoMember {
    let number: Int
    let name: String
    let partner: Int
    let partnerName: String
    /// When it sends within an interval, in nanoseconds.
    let offset: Int64
    var speaker: any DemoSpeaker
    /// Which gateway it tries next.
    var door: Int
    var socket: SocketID?
    /// When its WebSocket opened, in nanoseconds; nil before that.
    var openedAt: Int64?
    /// Where its session is, as far as it was told; nil while it is not connected.
    var node: String?
    /// Whether we ended its connection, since it was of no use.
    var isGivenUp = false
    var nextNumber = 0
    /// Its index among the members.
    let place: Int

    init(_ place: DemoCircle.Place, _ index: Int, speaker: any DemoSpeaker, door: Int) {
        self.place = index
        number = place.user
        name = Self.name(place.user)
        partner = place.partner
        partnerName = Self.name(place.partner)
        offset = place.offset
        self.speaker = speaker
        self.door = door
    }

    static func name(_ number: Int) -> String { "user-\(number)" }
}

/// Who sends to whom, and when: all users in a random circle, each sends to the next one. So everybody has one partner to send
/// to and hears from one, and the order of what it hears can be judged.
struct DemoCircle {
    struct Place: Hashable {
        let user: Int
        let partner: Int
        /// Nanoseconds after the beginning of each interval.
        let offset: Int64
    }

    /// In the order of their offsets.
    let places: [Place]

    /// - Parameters:
    ///   - users: at least 2.
    ///   - interval: nanoseconds between two messages of a user.
    init(users: Int, interval: Int64, seed: UInt64) {
        var random = DemoRandom(seed: seed)
        let order = (0..<users).shuffled(using: &random)
        var places = order.enumerated().map { index, user in
            Place(
                user: user, partner: order[(index + 1) % users],
                offset: Int64.random(in: 0..<max(1, interval), using: &random))
        }
        places.sort { ($0.offset, $0.user) < ($1.offset, $1.user) }
        self.places = places
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers from the same seed, everywhere.
struct DemoRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// A number of 0..<1.
    mutating func part() -> Double { Double(next() >> 11) / Double(1 << 53) }
}
