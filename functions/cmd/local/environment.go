package main

import (
	"errors"
)

// environment is what the functions framework and Google's emulators are told by variables, and this process too.
type environment struct {
	// FunctionTarget is the one function that this process serves; empty means all of them.
	FunctionTarget string `env:"FUNCTION_TARGET"`
	// Port is the port to listen on.
	Port int `env:"PORT, default=8080"`
	// FirestoreEmulator is the host and port of Firestore's emulator, which the client library reads itself.
	FirestoreEmulator string `env:"FIRESTORE_EMULATOR_HOST"`
	// PubSubEmulator is the host and port of Pub/Sub's emulator, which the client library reads itself.
	PubSubEmulator string `env:"PUBSUB_EMULATOR_HOST"`
}

// Validate checks the port.
func (e environment) Validate() error {
	if e.Port < 1 || e.Port > 65535 {
		return errors.New("PORT is not between 1 and 65535")
	}
	return nil
}
