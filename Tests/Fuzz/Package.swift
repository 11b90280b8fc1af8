// swift-tools-version: 6.2
// A package of its own for `scripts/fuzz`: the layers that read what others send, without one outside dependency, so
// that all of it is built with libFuzzer's coverage and AddressSanitizer in seconds. `Sources` is a link to the
// repository's, since a package's targets must lie inside it. The ordinary test run builds the same `Targets` and
// replays `Corpus` with them.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
]
let strictC: [CSetting] = [.define("_GNU_SOURCE")]

func layer(_ name: String, _ dependencies: [Target.Dependency] = [], only sources: [String]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, sources: sources, swiftSettings: strict)
}

let package = Package(
    name: "ringway-fuzz",
    targets: [
        layer("HashRing"),
        layer("ClusterModel", ["HashRing"]),
        .target(name: "CHiredis", cSettings: strictC, linkerSettings: [.linkedLibrary("hiredis")]),
        .target(
            name: "CTLS", cSettings: strictC,
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        layer("WebSocketWire", ["CTLS", "ClusterModel"]),
        layer("SessionLink", ["HashRing", "ClusterModel", "CTLS"]),
        // Of this what crosses links, without the machines.
        layer(
            "Rehoming", ["HashRing", "ClusterModel", "SessionLink"],
            only: [
                "Wire", "Home.swift", "LegMessages.swift", "MessageKey.swift", "PeerMessages.swift", "Position.swift",
                "SessionAttach.swift",
            ]),
        // Of these only what reads, without the loops and servers around it.
        layer("RedisLink", ["CHiredis"], only: ["RESPReader.swift", "RESPValue.swift"]),
        layer("SessionNode", ["ClusterModel"], only: ["Application/ClientRequest.swift"]),
        layer(
            "Admission", ["HashRing", "ClusterModel", "WebSocketWire"],
            only: [
                "Sessions/TokenMessage.swift", "Tokens/Base64URL.swift", "Tokens/CompactToken.swift",
                "Tokens/TokenAlgorithm.swift", "Tokens/TokenClaims.swift", "Tokens/TokenHead.swift",
                "Tokens/TokenRefusal.swift",
            ]),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Admission", "HashRing", "ClusterModel", "CHiredis", "RedisLink", "Rehoming", "WebSocketWire",
                "SessionLink", "SessionNode",
            ],
            path: "Targets", swiftSettings: strict),
        .executableTarget(
            name: "ringway-fuzz", dependencies: ["FuzzTargets"], path: "Driver", swiftSettings: strict),
        .executableTarget(
            name: "frame-events", dependencies: ["WebSocketWire"], path: "FrameEvents", swiftSettings: strict),
    ]
)
