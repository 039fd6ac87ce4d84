// Package storetest holds every implementation of syncengine.Store to the one
// contract, the memory twin included.
package storetest
