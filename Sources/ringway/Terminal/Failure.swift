/// What stopped a verb: one line that says what, where, and what was expected. Ends the program with 1.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
