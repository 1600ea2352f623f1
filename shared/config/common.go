package config

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
	_ "time/tzdata" // accounts name their time zones, and the platform's images may lack the database; 0.4 MB
)

// platformZone is the zone of the platform's times, which carry none.
const platformZone = "Asia/Kolkata"

// IST is the platform's zone, UTC+5:30 all year.
var IST = time.FixedZone("IST", int((5*time.Hour + 30*time.Minute).Seconds()))

// Common is what every function reads. Embed it in the function's own struct.
type Common struct {
	// ProjectID is the Google Cloud project of every resource.
	ProjectID string `env:"GOOGLE_CLOUD_PROJECT, required"`
	// LogLevel is the least level written.
	LogLevel slog.Level `env:"LOG_LEVEL, default=INFO"`
	// ZoneName is the IANA name of the zone that the platform's times are in.
	ZoneName string `env:"PLATFORM_TIME_ZONE, default=Asia/Kolkata"`
	// OrderZoneName is that of the dates in its orders (orderDate), which name none: by their first status they are in UTC.
	OrderZoneName string `env:"PLATFORM_ORDER_TIME_ZONE, default=UTC"`
	// RequestTimeout ends a request of our own, the provider's answer included.
	RequestTimeout time.Duration `env:"REQUEST_TIMEOUT, default=25s"`
	// ProviderTimeout ends one call to a provider.
	ProviderTimeout time.Duration `env:"PROVIDER_TIMEOUT, default=10s"`
	// Lease is how long a claimed message belongs to the worker that claimed it.
	Lease time.Duration `env:"LEASE, default=45s"`
	// AckDeadline is the push subscription's deadline, as Terraform sets it.
	AckDeadline time.Duration `env:"ACK_DEADLINE, default=60s"`
	// Grace is how long after a dead lease evidence of the send is waited for.
	Grace time.Duration `env:"GRACE, default=3m"`
	// ShutdownGrace is how long requests in flight may take after SIGTERM; the platform kills after 10 s.
	ShutdownGrace time.Duration `env:"SHUTDOWN_GRACE, default=8s"`
	// PushToken, if set, must come with every push; for endpoints that the platform's own access control does not guard.
	PushToken Secret `env:"PUSH_TOKEN"`
	// Retention is how long each kind of data is kept.
	Retention Retention `env:", prefix=RETENTION_"`
	// Environment is what the platform and the emulators set.
	Environment
}

// Retention is how long data is kept before Firestore's time-to-live deletes it.
type Retention struct {
	// Messages is for the send log; the law asks for at least a year.
	Messages time.Duration `env:"MESSAGES, default=9600h"`
	// Replies is for what shoppers wrote.
	Replies time.Duration `env:"REPLIES, default=2160h"`
	// Orders is for orders as last known.
	Orders time.Duration `env:"ORDERS, default=9600h"`
	// Parked is for statuses whose message is not known.
	Parked time.Duration `env:"PARKED, default=168h"`
}

// Environment is what the platform, the functions framework and Google's emulators tell a process.
type Environment struct {
	// FunctionTarget is the one function this process serves; empty means all of them.
	FunctionTarget string `env:"FUNCTION_TARGET"`
	// Port is the port to listen on.
	Port int `env:"PORT, default=8080"`
	// FirestoreEmulator is the host and port of Firestore's emulator, which the client library reads itself.
	FirestoreEmulator string `env:"FIRESTORE_EMULATOR_HOST"`
	// PubSubEmulator is the host and port of Pub/Sub's emulator, which the client library reads itself.
	PubSubEmulator string `env:"PUBSUB_EMULATOR_HOST"`
	// SecretEmulator is the host and port of a Secret Manager without TLS and accounts. Google has no such emulator and
	// its client no such variable: shared/secret honours it.
	SecretEmulator string `env:"SECRET_MANAGER_EMULATOR_HOST"`
}

// Location is the zone that the platform's times are in.
func (c Common) Location() (*time.Location, error) {
	if c.ZoneName == "" || c.ZoneName == platformZone {
		return IST, nil
	}
	loc, err := time.LoadLocation(c.ZoneName)
	if err != nil {
		return nil, errors.New("PLATFORM_TIME_ZONE is not a known time zone")
	}
	return loc, nil
}

// OrderLocation is the zone that the dates in the platform's orders are in.
func (c Common) OrderLocation() (*time.Location, error) {
	loc, err := time.LoadLocation(c.OrderZoneName) // of no name: UTC
	if err != nil {
		return nil, errors.New("PLATFORM_ORDER_TIME_ZONE is not a known time zone")
	}
	return loc, nil
}

// Validate checks the order of times that sending once rests on (provider's timeout < request's timeout < lease < ack
// deadline), the other durations, the port and the zone.
func (c Common) Validate() error {
	var problems []error
	if _, err := c.Location(); err != nil {
		problems = append(problems, err)
	}
	if _, err := c.OrderLocation(); err != nil {
		problems = append(problems, err)
	}
	if c.Port < 1 || c.Port > 65535 {
		problems = append(problems, errors.New("PORT is not between 1 and 65535"))
	}
	order := []struct {
		name  string
		value time.Duration
	}{
		{"PROVIDER_TIMEOUT", c.ProviderTimeout},
		{"REQUEST_TIMEOUT", c.RequestTimeout},
		{"LEASE", c.Lease},
		{"ACK_DEADLINE", c.AckDeadline},
	}
	for i := 1; i < len(order); i++ {
		if a, b := order[i-1], order[i]; a.value >= b.value {
			problems = append(problems, fmt.Errorf("%s must be less than %s", a.name, b.name))
		}
	}
	if c.AckDeadline > 600*time.Second {
		problems = append(problems, errors.New("ACK_DEADLINE is more than 600s, which Pub/Sub refuses"))
	}
	positive := []struct {
		name  string
		value time.Duration
	}{
		{"PROVIDER_TIMEOUT", c.ProviderTimeout},
		{"GRACE", c.Grace},
		{"SHUTDOWN_GRACE", c.ShutdownGrace},
		{"RETENTION_MESSAGES", c.Retention.Messages},
		{"RETENTION_REPLIES", c.Retention.Replies},
		{"RETENTION_ORDERS", c.Retention.Orders},
		{"RETENTION_PARKED", c.Retention.Parked},
	}
	for _, p := range positive {
		if p.value <= 0 {
			problems = append(problems, fmt.Errorf("%s must be more than zero", p.name))
		}
	}
	return errors.Join(problems...)
}
