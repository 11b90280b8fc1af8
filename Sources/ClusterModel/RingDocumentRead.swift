import HashRing

extension RingDocument {
    /// Reads a document and checks all of it (Ring v1 §3): digest, limits, every member, points and table.
    ///
    /// A document of another service than `service` is refused. Members that others wrote for their own use are
    /// ignored. A plan, address or other further member whose value this reader does not understand counts as not said:
    /// keeping an outdated ring would be worse.
    public static func parse(_ bytes: [UInt8], service: ServiceName) throws(RingDocumentError) -> RingDocument {
        try read(bytes, service: service).document
    }

    /// A document with the ring it describes, derived once.
    struct Reading {
        let document: RingDocument
        let ring: Ring
        let digest: UInt64
        let table: UInt64
    }

    /// Reads and checks everything.
    static func read(_ bytes: [UInt8], service: ServiceName) throws(RingDocumentError) -> Reading {
        guard bytes.count <= maxBytes else { throw .tooLarge(bytes: bytes.count) }
        let digest = try checkedDigest(bytes)
        return try bytes.span.bytes.withUnsafeBytes { (buffer) throws(RingDocumentError) -> Reading in
            var scanner = JSONScanner(buffer)
            let object = try fields { () throws(FieldError) in
                let object = try JSONObject(&scanner)
                do throws(JSONError) { try scanner.finish() } catch { throw .notJSON(error) }
                return object
            }
            let document = try RingDocument(object, service: service)
            let (ring, table) = try derive(document, object)
            return Reading(document: document, ring: ring, digest: digest, table: table)
        }
    }

    /// The digest in front, if it is that of the bytes behind it.
    private static func checkedDigest(_ bytes: [UInt8]) throws(RingDocumentError) -> UInt64 {
        let digits = opening.count..<opening.count + 16
        guard bytes.count > digits.upperBound + 2, bytes.starts(with: opening),
            bytes[digits.upperBound] == UInt8(ascii: "\""), bytes[digits.upperBound + 1] == UInt8(ascii: ","),
            let stated = Hex16.parse(bytes[digits])
        else { throw .noDigest }
        let tail = bytes.span.bytes.extracting((digits.upperBound + 2)...)
        let found = XXHash64.hash(tail)
        guard stated == found else { throw .wrongDigest(stated: stated, found: found) }
        return stated
    }

    private init(_ object: JSONObject, service wanted: ServiceName) throws(RingDocumentError) {
        service = try Self.service(object, wanted: wanted)
        (epoch, vnodes, seed) = try Self.fields { () throws(FieldError) in
            _ = try object.required("v", object.integer("v", in: 1...1))
            guard try object.required("hash", object.text("hash")) == "xxh64" else {
                throw .invalid("hash", expected: "\"xxh64\"")
            }
            let epoch = try object.required("epoch", object.integer("epoch", in: 1...Epoch.maxValue))
            let vnodes = try object.required("vnodes", object.integer("vnodes", in: Ring.vnodesRange))
            let seed = try object.hex16("seed") ?? 0
            return (try object.required("epoch", Epoch(epoch)), vnodes, seed)
        }
        nodes = try Self.nodes(object)
        plan = Self.lenient { () throws(FieldError) in try RebalancePlan(reading: object) }
        delivery = Self.lenient { () throws(FieldError) in try Delivery(reading: object) }
        let milliseconds = Self.lenient { () throws(FieldError) in
            try object.integer("close_over_ms", in: 0...3_600_000)
        }
        closeOver = milliseconds.map { .milliseconds($0) }
        moveRate = Self.lenient { () throws(FieldError) in
            try object.integer(MoveBudget.perSecondName, in: MoveBudget.perSecondRange)
        }
        movesInFlight = Self.lenient { () throws(FieldError) in
            try object.integer(MoveBudget.inFlightName, in: MoveBudget.inFlightRange)
        }
    }

    private static func service(_ object: JSONObject, wanted: ServiceName) throws(RingDocumentError) -> ServiceName {
        let found = try fields { () throws(FieldError) in
            let text = try object.required("service", object.text("service"))
            do throws(ServiceNameError) {
                return try ServiceName(text)
            } catch {
                throw .invalid("service", expected: "[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
            }
        }
        guard found == wanted else { throw .otherService(expected: wanted, found: found) }
        return found
    }

    private static func nodes(_ object: JSONObject) throws(RingDocumentError) -> [Node] {
        let list = try fields { () throws(FieldError) in
            let value = try object.required("nodes", object.value("nodes"))
            guard value.kind == .array else { throw .invalid("nodes", expected: "an array") }
            return object.raw(value)
        }
        var scanner = JSONScanner(list)
        var nodes: [Node] = []
        do throws(JSONError) {
            try scanner.beginArray()
        } catch {
            throw .field(.notJSON(error))
        }
        while try fields({ () throws(FieldError) in
            do throws(JSONError) { return try scanner.nextElement() } catch { throw .notJSON(error) }
        }) {
            guard nodes.count < Ring.maxNodes else {
                throw .field(.invalid("nodes", expected: "an array of at most \(Ring.maxNodes)"))
            }
            do throws(FieldError) {
                nodes.append(try Node(JSONObject(&scanner)))
            } catch {
                throw .node(index: nodes.count, error)
            }
        }
        return nodes
    }

    /// The ring, if points and table are those the document states.
    private static func derive(
        _ document: RingDocument, _ object: JSONObject
    ) throws(RingDocumentError) -> (ring: Ring, table: UInt64) {
        let (points, table) = try fields { () throws(FieldError) in
            (
                try object.required("points", object.integer("points", in: 0...Ring.maxPoints)),
                try object.required("table", object.hex16("table"))
            )
        }
        let ring: Ring
        do throws(RingError) {
            ring = try document.ring()
        } catch {
            throw .ring(error)
        }
        guard ring.pointCount == points else { throw .otherPoints(stated: points, derived: ring.pointCount) }
        let derived = ring.tableDigest
        guard derived == table else { throw .otherTable(stated: table, derived: derived) }
        return (ring, table)
    }

    /// Says of an error that it is one of the document's own members.
    private static func fields<Value>(
        _ body: () throws(FieldError) -> Value
    ) throws(RingDocumentError) -> Value {
        do throws(FieldError) {
            return try body()
        } catch {
            throw .field(error)
        }
    }

    /// A further member: what can not be understood counts as not said.
    static func lenient<Value>(_ body: () throws(FieldError) -> Value?) -> Value? {
        do throws(FieldError) {
            return try body()
        } catch {
            return nil
        }
    }
}
