/// Values by key, each in a numbered slot that stays its own: one lookup finds the slot, and going through all of them has
/// the same order in every run.
struct SlotTable<Key: Hashable, Value> {
    private var slots: [Value?] = []
    private var places: [Key: Int] = [:]
    private var free: [Int] = []

    /// How many values there are.
    var count: Int { places.count }

    /// Every slot's number, empty ones too.
    var indices: Range<Int> { slots.indices }

    func slot(of key: Key) -> Int? { places[key] }

    subscript(slot: Int) -> Value? {
        get { slot < slots.count ? slots[slot] : nil }
        _modify { yield &slots[slot] }
    }

    /// Puts a value in under a key that has none.
    mutating func insert(_ value: Value, for key: Key) -> Int {
        if let slot = free.popLast() {
            slots[slot] = value
            places[key] = slot
            return slot
        }
        slots.append(value)
        places[key] = slots.count - 1
        return slots.count - 1
    }

    mutating func remove(_ key: Key) {
        guard let slot = places.removeValue(forKey: key) else { return }
        slots[slot] = nil
        free.append(slot)
    }
}
