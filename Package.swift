// swift-tools-version: 6.2
import PackageDescription

// A public declaration of one layer is a promise to the next, so warnings are errors everywhere.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
]
/// Lets a simulator break one rule of re-homing at a time. Release builds have no such thing.
let mutable: [SwiftSetting] = strict + [.define("REHOMING_MUTANTS", .when(configuration: .debug))]
let strictC: [CSetting] = [.define("_GNU_SOURCE")]

func layer(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}
/// What several test targets share.
func support(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let nioLocks = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")

let package = Package(
    name: "ringway",
    products: [
        .library(name: "HashRing", targets: ["HashRing"]),
        .library(name: "SessionNode", targets: ["SessionNode"]),
        .library(name: "RingwayClient", targets: ["RingwayClient"]),
        .executable(name: "ringway", targets: ["ringway"]),
        .executable(name: "ringway-registry", targets: ["ringway-registry"]),
        .executable(name: "ringway-gateway", targets: ["ringway-gateway"]),
        .executable(name: "ringway-node", targets: ["ringway-node"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        layer("HashRing"),
        layer("ClusterModel", ["HashRing"]),
        .target(name: "CHiredis", cSettings: strictC, linkerSettings: [.linkedLibrary("hiredis")]),
        .target(
            name: "CTLS", cSettings: strictC,
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CLinux", cSettings: strictC),
        layer("Reactor", ["CLinux", "CTLS"]),
        layer("RedisLink", ["Reactor", "CHiredis"]),
        layer("RingSync", ["HashRing", "ClusterModel", "Reactor", "RedisLink"]),
        layer("WebSocketWire", ["CTLS", "ClusterModel"]),
        layer("SessionLink", ["HashRing", "ClusterModel", "CTLS"]),
        layer("Edge", ["HashRing", "ClusterModel", "Reactor", "WebSocketWire"]),
        .target(
            name: "Rehoming", dependencies: ["HashRing", "ClusterModel", "SessionLink"],
            swiftSettings: mutable),
        layer("RingwayClient", ["ClusterModel", "Reactor", "Rehoming", "WebSocketWire"]),
        layer("Operations", [hummingbird, lifecycle, logging, nioCore, nioLocks, nioPosix, nioHTTP1, yams]),
        layer(
            "Admission",
            ["HashRing", "ClusterModel", "CTLS", "Reactor", "WebSocketWire", "Edge", "Operations", jwt]),
        layer(
            "Gateway",
            [
                "HashRing", "ClusterModel", "Reactor", "RedisLink", "RingSync", "WebSocketWire", "Rehoming",
                "SessionLink",
                "Edge", "Admission", "Operations", lifecycle, logging,
            ],
            // What pages load from the data port.
            resources: [.embedInCode("Web/ringway.js")]),
        layer(
            "SessionNode",
            [
                "HashRing", "ClusterModel", "CTLS", "Reactor", "RedisLink", "RingSync", "WebSocketWire", "Rehoming",
                "SessionLink", "Edge", "Admission", "Operations", lifecycle, logging,
            ]),
        layer(
            "Registry",
            [
                "HashRing", "ClusterModel", "Reactor", "RedisLink", "RingSync", "SessionLink", "Operations",
                lifecycle, logging,
            ]),
        program("ringway-registry", ["Registry", "Operations"]),
        program("ringway-gateway", ["Gateway", "Operations"]),
        program("ringway-node", ["SessionNode", "Operations"]),
        program(
            "ringway",
            [
                "CLinux", "HashRing", "ClusterModel", "Reactor", "RingwayClient", "WebSocketWire", "Operations",
                argumentParser, logging,
            ]),

        support("TestClients", ["ClusterModel", "Reactor", "WebSocketWire"]),
        support("TestRedis", ["Reactor"]),
        tests("HashRingTests", ["HashRing"], exclude: ["vectors_v1.json"]),
        tests("ClusterModelTests", ["ClusterModel", "HashRing"]),
        tests("CHiredisTests", ["CHiredis"]),
        tests("CTLSTests", ["CTLS", "TestClients"]),
        tests("ReactorTests", ["CLinux", "CTLS", "Reactor", "TestClients"]),
        tests("RedisLinkTests", ["Reactor", "RedisLink", "TestRedis"]),
        tests("RingSyncTests", ["ClusterModel", "HashRing", "Reactor", "RedisLink", "RingSync", "TestRedis"]),
        tests("WebSocketWireTests", ["ClusterModel", "WebSocketWire"]),
        tests("SessionLinkTests", ["CTLS", "ClusterModel", "SessionLink"]),
        tests("RehomingTests", ["ClusterModel", "HashRing", "Rehoming", "SessionLink"]),
        // Drives the machines of Rehoming through schedules that chance chose; scripts/simulate.
        .target(
            name: "RehomingSimulator", dependencies: ["ClusterModel", "HashRing", "Rehoming", "SessionLink"],
            path: "Tests/Simulator/Library", swiftSettings: strict),
        .executableTarget(
            name: "rehoming-simulator", dependencies: ["Rehoming", "RehomingSimulator"], path: "Tests/Simulator/Main",
            swiftSettings: mutable),
        .testTarget(
            name: "RehomingSimulatorTests", dependencies: ["RehomingSimulator"], path: "Tests/Simulator/Tests",
            swiftSettings: strict),
        tests("EdgeTests", ["ClusterModel", "Edge", "HashRing", "Reactor", "TestClients", "WebSocketWire"]),
        tests(
            "AdmissionTests",
            [
                "Admission", "Operations", "ClusterModel", "Edge", "HashRing", "Reactor", "TestClients",
                "WebSocketWire",
                jwt,
            ]),
        tests("OperationsTests", ["Operations", logging]),
        tests(
            "GatewayTests",
            [
                "ClusterModel", "Edge", "Gateway", "HashRing", "Reactor", "Rehoming", "RingSync", "SessionLink",
                "TestClients", "WebSocketWire", logging,
            ]),
        // The properties that scripts/fuzz checks under libFuzzer, over its corpus; Tests/Fuzz has a package of its own.
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Admission", "CHiredis", "ClusterModel", "HashRing", "RedisLink", "Rehoming", "SessionLink",
                "SessionNode", "WebSocketWire",
            ],
            path: "Tests/Fuzz",
            exclude: ["Corpus", "Dictionaries", "Driver", "FrameEvents", "Package.swift", "Sources"],
            sources: ["Targets", "Replay"], swiftSettings: strict),
        // Our reader of frames for Tests/Cluster/test_frame_differential.py.
        .executableTarget(
            name: "frame-events", dependencies: ["WebSocketWire"], path: "Tests/Fuzz/FrameEvents",
            swiftSettings: strict),
        tests(
            "RingwayClientTests",
            ["ClusterModel", "Edge", "Reactor", "Rehoming", "RingwayClient", "TestClients", "WebSocketWire"]),
        tests("RingwayTests", ["ringway", "ClusterModel", "Edge", "Reactor", "RingwayClient", "WebSocketWire"]),
        tests(
            "SessionNodeTests",
            [
                "HashRing", "ClusterModel", "Reactor", "RedisLink", "RingSync", "WebSocketWire", "SessionLink", "Edge",
                "Operations", "SessionNode", logging,
            ]),
        tests(
            "RegistryTests",
            [
                "Registry", "Operations", "HashRing", "ClusterModel", "Reactor", "RedisLink", "RingSync", "SessionLink",
                "TestRedis", logging,
            ]),
    ]
)
