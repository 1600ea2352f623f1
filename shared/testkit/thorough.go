package testkit

import "os"

// Thorough reports whether a test should take each of its cases, however many they are: with CI=true, as .ci/run sets it. Otherwise a test of
// hundreds of cases may take a fixed part of them, so that a developer's run stays short.
func Thorough() bool { return os.Getenv("CI") == "true" }
