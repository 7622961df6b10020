package import CoveyCore
import Synchronization

/// Who is a member, for all who must know at once: every connection asks, and every batch that arrives.
package final class TeamState: Sendable {
  private let graph: Mutex<MembershipGraph>

  package init(graph: MembershipGraph) { self.graph = Mutex(graph) }

  package var team: TeamID { graph.withLock { $0.team } }
  package var heads: [RecordID] { graph.withLock { $0.heads } }
  package var members: [DeviceID: Member] { graph.withLock { $0.members } }
  package var records: [SignedRecord] { graph.withLock { $0.records } }
  package var snapshot: MembershipGraph { graph.withLock { $0 } }

  package func isActive(_ device: DeviceID) -> Bool { graph.withLock { $0.isActive(device) } }
  package func records(beyond heads: [RecordID]) -> [SignedRecord] { graph.withLock { $0.records(beyond: heads) } }
  package func headsToName(by device: DeviceID) -> [RecordID] { graph.withLock { $0.headsToName(by: device) } }

  package func authorizes(_ author: DeviceID, writing dot: Dot, in folder: FolderID, at heads: [RecordID]) -> Bool {
    graph.withLock { $0.authorizes(author, writing: dot, in: folder, at: heads) }
  }

  /// Takes records in; returns those that were new.
  package func insert(_ records: [SignedRecord]) -> [SignedRecord] { graph.withLock { $0.insert(contentsOf: records).accepted } }

  /// Leaves this team for another, whole.
  package func replace(with graph: MembershipGraph) { self.graph.withLock { $0 = graph } }
}
