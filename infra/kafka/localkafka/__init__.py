"""A real Apache Kafka on this machine, without Docker: jars by Maven, KRaft, one or three brokers.

Standard library only, so that a bare interpreter can start the broker before anything is installed.
"""
