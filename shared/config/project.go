package config

// Project is the Google Cloud project that a function's resources are in. Every function reads it.
type Project struct {
	// ID is the project's id, not its number.
	ID string `env:"GOOGLE_CLOUD_PROJECT, required"`
}
