/// One metric with all its samples, as a value: what `/metrics` shows at one moment.
public struct MetricFamily: Sendable, Equatable {
    /// How a metric's numbers behave.
    public enum Kind: String, Sendable {
        /// Only rises, and starts at zero with the process; its name ends in `_total`.
        case counter
        /// Rises and falls.
        case gauge
    }

    /// One number with the labels that tell it from its siblings.
    public struct Sample: Sendable, Equatable {
        /// Label names and values, in the order they are written.
        public let labels: [Label]
        /// The number.
        public let value: Double

        /// A sample; never use a user's id as a label, the number of series must stay small.
        public init(_ value: Double, _ labels: [Label] = []) {
            self.value = value
            self.labels = labels
        }
    }

    /// A label's name and value.
    public struct Label: Sendable, Equatable {
        /// The name: letters, digits and `_`.
        public let name: String
        /// The value: any text; it is escaped when written.
        public let value: String

        /// A label.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The name, `ringway_…`.
    public let name: String
    /// One sentence for people.
    public let help: String
    /// How the numbers behave.
    public let kind: Kind
    /// The numbers.
    public let samples: [Sample]

    /// A family with any number of samples.
    public init(_ name: String, _ kind: Kind, help: String, _ samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// A family with a single sample without labels.
    public init(_ name: String, _ kind: Kind, help: String, value: Double) {
        self.init(name, kind, help: help, [Sample(value)])
    }
}
