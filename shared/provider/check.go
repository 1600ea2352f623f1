package provider

import "strings"

// Incomplete is the outcome of a credential check that was not made, since [Provider.CheckConfig] refused the app with err.
func Incomplete(app App, err error) CheckResult {
	state := CheckUnknownApp
	if strings.TrimSpace(app.Secret.Reveal()) == "" {
		state = CheckInvalidKey
	}
	return CheckResult{State: state, Detail: strings.ReplaceAll(err.Error(), "\n", "; ")}
}
