// Package enginekeys lets a vault.Keyring stand behind the Keys seam of the
// replication core. The core does not know how blocks are sealed and the vault
// does not know what a change is; the four conversions between them are here,
// once for both hosts.
package enginekeys
