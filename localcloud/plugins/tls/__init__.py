"""The tls provider of the local cloud: keys and certificates, made by cryptography."""
