package brandapi

import (
	"errors"
	"time"
)

// Config is what this function reads beside the common configuration.
type Config struct {
	// OrderActions is the topic of what the platform is asked to do.
	OrderActions string `env:"ORDER_ACTIONS_TOPIC, default=order-actions"`
	// Rate is how many calls a second an account may make of one instance, Burst how many at once.
	Rate  float64 `env:"BRANDAPI_RATE, default=10"`
	Burst int     `env:"BRANDAPI_BURST, default=20"`
	// UnknownKeys is how many keys that the instance does not know one address may try in a minute.
	UnknownKeys int `env:"BRANDAPI_UNKNOWN_KEYS, default=20"`
	// OrderRefresh is how old a stored order may get before the platform is asked again.
	OrderRefresh time.Duration `env:"ORDER_REFRESH, default=10m"`
	// ShowAddress shows a shopper's address in the answers about shoppers. The bot does not need it, so it is off.
	ShowAddress bool `env:"BRANDAPI_SHOW_ADDRESS, default=false"`
	// AuditRetention is how long the record of a call is kept.
	AuditRetention time.Duration `env:"BRANDAPI_AUDIT_RETENTION, default=9600h"`
}

// Validate names every variable that is wrong.
func (c Config) Validate() error {
	var problems []error
	if c.OrderActions == "" {
		problems = append(problems, errors.New("ORDER_ACTIONS_TOPIC is missing"))
	}
	if c.Rate <= 0 {
		problems = append(problems, errors.New("BRANDAPI_RATE must be more than zero"))
	}
	if c.Burst < 1 {
		problems = append(problems, errors.New("BRANDAPI_BURST must be at least 1"))
	}
	if c.UnknownKeys < 1 {
		problems = append(problems, errors.New("BRANDAPI_UNKNOWN_KEYS must be at least 1"))
	}
	if c.OrderRefresh <= 0 {
		problems = append(problems, errors.New("ORDER_REFRESH must be more than zero"))
	}
	if c.AuditRetention <= 0 {
		problems = append(problems, errors.New("BRANDAPI_AUDIT_RETENTION must be more than zero"))
	}
	return errors.Join(problems...)
}
