// swift-tools-version: 6.2
import PackageDescription

/// One settings list for every Swift target: strict language modes, and no warning survives a build.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// The runtime and Foundation are linked in: a command starts in 10 ms instead of 60, and runs where no Swift is installed. Foundation's
/// libraries use one another, so that the linker must look through them more than once.
let staticRuntime =
  ["-static-stdlib"]
  + ["--start-group", "-lFoundation", "-lFoundationInternationalization", "-lFoundationEssentials", "-l_FoundationICU", "-lCoreFoundation",
    "-l_FoundationCShims", "-l_FoundationCollections", "-ldispatch", "-lBlocksRuntime", "-lswiftDispatch", "--end-group"
  ].flatMap { ["-Xlinker", $0] }

func product(_ name: String, _ package: String) -> Target.Dependency { .product(name: name, package: package) }

let crypto = product("Crypto", "swift-crypto")
let nioCore = product("NIOCore", "swift-nio")
let logging = product("Logging", "swift-log")

let package = Package(
  name: "covey",
  products: [
    .executable(name: "covey", targets: ["covey"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
  ],
  targets: [
    .target(name: "CLinux", path: "Sources/CLinux"),
    .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CSodium", path: "Sources/CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .target(name: "CoveyCore", dependencies: [crypto], swiftSettings: settings),
    .target(
      name: "CoveyProtocol",
      dependencies: ["CoveyCore", "CSodium", "CZlib", crypto, nioCore, product("SwiftProtobuf", "swift-protobuf")],
      exclude: ["Codec/covey.proto"],
      swiftSettings: settings),
    .target(name: "CoveyEngine", dependencies: ["CoveyCore", "CoveyProtocol", crypto, logging], swiftSettings: settings),
    .target(
      name: "CoveyStorage",
      dependencies: ["CoveyEngine", "CoveyCore", product("GRDB", "GRDB.swift"), product("GRDBSQLite", "GRDB.swift")],
      swiftSettings: settings),
    .target(name: "CoveyDisk", dependencies: ["CoveyEngine", "CoveyCore", "CLinux", crypto], swiftSettings: settings),
    .target(
      name: "CoveyNetwork",
      dependencies: [
        "CoveyEngine", "CoveyProtocol", "CoveyCore", crypto, nioCore, logging,
        product("NIOPosix", "swift-nio"), product("NIOSSL", "swift-nio-ssl"), product("X509", "swift-certificates"),
        product("NIOTLS", "swift-nio"), product("SwiftASN1", "swift-asn1"),
      ], swiftSettings: settings),
    .target(
      name: "CoveyDaemon",
      dependencies: [
        "CoveyStorage", "CoveyDisk", "CoveyNetwork", "CoveyEngine", "CoveyProtocol", "CoveyCore", "CLinux", crypto, logging, nioCore,
        product("NIOPosix", "swift-nio"),
        product("Hummingbird", "hummingbird"), product("HummingbirdCore", "hummingbird"),
        product("ServiceLifecycle", "swift-service-lifecycle"), product("UnixSignals", "swift-service-lifecycle"), "TOMLKit",
      ], swiftSettings: settings),
    .target(
      name: "CoveyClient",
      dependencies: ["CoveyDaemon", "CoveyCore", nioCore, product("NIOHTTP1", "swift-nio"), product("AsyncHTTPClient", "async-http-client")],
      swiftSettings: settings),
    .executableTarget(
      name: "covey",
      dependencies: [
        "CoveyClient", "CoveyDaemon", "CoveyNetwork", "CoveyCore", "CLinux", logging, nioCore, product("ArgumentParser", "swift-argument-parser"),
      ], swiftSettings: settings,
      // A target that depended on this one would be linked so, too, and a test bundle cannot be.
      linkerSettings: [.unsafeFlags(staticRuntime, .when(platforms: [.linux], configuration: .release))]),
    .target(name: "CoveyTesting", dependencies: ["CoveyEngine", "CoveyProtocol", "CoveyCore", nioCore], swiftSettings: settings),
    .executableTarget(name: "simulate", dependencies: ["CoveyTesting"], swiftSettings: settings),
    .executableTarget(name: "pair-benchmark", path: "Tests/Benchmarks/Pair", swiftSettings: settings + [.defaultIsolation(MainActor.self)]),
    .testTarget(name: "CoveyCoreTests", dependencies: ["CoveyCore", "CoveyTesting"], swiftSettings: settings),
    .testTarget(name: "CoveyProtocolTests", dependencies: ["CoveyProtocol", "CoveyTesting", "CoveyCore", crypto, nioCore], swiftSettings: settings),
    .testTarget(name: "CoveyEngineTests", dependencies: ["CoveyEngine", "CoveyTesting", "CoveyCore", "CoveyProtocol", logging], swiftSettings: settings),
    .testTarget(
      name: "CoveyStorageTests",
      dependencies: ["CoveyStorage", "CoveyTesting", "CoveyEngine", "CoveyCore", product("GRDB", "GRDB.swift")], swiftSettings: settings),
    .testTarget(name: "CoveyDiskTests", dependencies: ["CoveyDisk", "CoveyTesting", "CoveyEngine", "CoveyCore", "CLinux"], swiftSettings: settings),
    .testTarget(
      name: "CoveyNetworkTests",
      dependencies: [
        "CoveyNetwork", "CoveyTesting", "CoveyEngine", "CoveyProtocol", "CoveyCore", crypto, nioCore,
        product("NIOPosix", "swift-nio"), product("NIOSSL", "swift-nio-ssl"), product("X509", "swift-certificates"),
        product("SwiftASN1", "swift-asn1"), logging,
      ], swiftSettings: settings),
    .testTarget(
      name: "CoveyDaemonTests",
      dependencies: ["CoveyDaemon", "CoveyTesting", "CoveyNetwork", "CoveyEngine", "CoveyCore", "CoveyClient", logging, product("ServiceLifecycle", "swift-service-lifecycle")],
      swiftSettings: settings),
    .testTarget(name: "SimulationTests", dependencies: ["CoveyTesting", "CoveyEngine", "CoveyCore"], swiftSettings: settings),
    .testTarget(
      name: "EndToEndTests", dependencies: ["CoveyStorage", "CoveyEngine", "CoveyCore", "CoveyTesting", "CLinux"], swiftSettings: settings),
  ]
)

// The decoders under libFuzzer, whose library the variable names: built by hand only, as README says.
if let library = Context.environment["COVEY_FUZZER"] {
  package.targets.append(.executableTarget(
    name: "fuzz", dependencies: ["CoveyDaemon", "CoveyCore", "CoveyProtocol", nioCore], path: "Tests/Fuzz", swiftSettings: settings,
    linkerSettings: [.unsafeFlags([library, "-lstdc++"])]))
}
