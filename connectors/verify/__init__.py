"""Do the event log, the profile topic, Cassandra and Redis say the same of each user?"""

from connectors.verify.report import Difference, Place, Report
from connectors.verify.run import Sources, verify

__all__ = ["Difference", "Place", "Report", "Sources", "verify"]
