"""Redis, a cache of profiles, kept true by the profile stream; losing it loses nothing."""

from connectors.redis.cache import ProfileCache
from connectors.redis.connection import RedisConnection

__all__ = ["ProfileCache", "RedisConnection"]
