package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// signatureHeader holds "sha256=" and the hex HMAC of the raw body under the app secret. The older header, with SHA-1, is
// not looked at.
const (
	signatureHeader = "X-Hub-Signature-256"
	signaturePrefix = "sha256="
)

// Why a callback or a handshake is not believed.
var (
	ErrNoSignature  = errors.New("meta: callback is not signed")
	ErrBadSignature = errors.New("meta: callback's signature is not that of the app")
	ErrNoSecret     = errors.New("meta: app has no app secret, and only the older API's callbacks come unsigned")
	ErrHandshake    = errors.New("meta: handshake is not for this app")
)

// Verify checks the signature over the raw body under each of the app's secrets. An app without any takes the older
// API's bare shape alone, which nobody signs and for which the token in the URL must do; Meta's own envelope is refused
// there, so that leaving out the secret never switches the check off.
func (*Provider) Verify(app provider.App, header http.Header, body []byte) error {
	if len(app.Signing) == 0 {
		if isBare(body) {
			return nil
		}
		return ErrNoSecret
	}

	hexed, ok := strings.CutPrefix(header.Get(signatureHeader), signaturePrefix)
	if !ok {
		return ErrNoSignature
	}

	given, err := hex.DecodeString(hexed)
	if err != nil || len(given) != sha256.Size {
		return ErrBadSignature
	}
	// All secrets are tried, so that the time tells nothing of which of them is right.
	valid := false
	for _, secret := range app.Signing {
		if !secret.IsZero() && hmac.Equal(given, sign(secret, body)) {
			valid = true
		}
	}
	if !valid {
		return ErrBadSignature
	}

	return nil
}

func sign(secret config.Secret, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	_, _ = mac.Write(body) // a hash takes everything
	return mac.Sum(nil)
}

// isBare reports whether a body has the older API's shape. Preferences and calls are younger than that API; a provider that passes
// Meta's news on without their envelope has them too (CONTRACT.md section 6.4).
func isBare(body []byte) bool {
	var keys struct {
		Object      json.RawMessage `json:"object"`
		Entry       json.RawMessage `json:"entry"`
		Statuses    json.RawMessage `json:"statuses"`
		Messages    json.RawMessage `json:"messages"`
		Errors      json.RawMessage `json:"errors"`
		Preferences json.RawMessage `json:"user_preferences"`
		Calls       json.RawMessage `json:"calls"`
	}
	if json.Unmarshal(body, &keys) != nil || len(keys.Object) > 0 || len(keys.Entry) > 0 {
		return false
	}

	return slices.ContainsFunc([]json.RawMessage{keys.Statuses, keys.Messages, keys.Errors, keys.Preferences, keys.Calls},
		func(list json.RawMessage) bool { return len(list) > 0 })
}

// VerifyToken is the word that Meta must repeat when it tries a webhook. It is made from the app secret and our id of the
// app, so that it need not be kept anywhere, and a brand that sets up its webhook by hand can be shown it. It is an error
// if the app has no secret.
func VerifyToken(app provider.App) (string, error) {
	for _, secret := range app.Signing {
		if !secret.IsZero() {
			return verifyToken(secret, app.ID), nil
		}
	}

	return "", ErrNoSecret
}

func verifyToken(secret config.Secret, appID string) string {
	return hex.EncodeToString(sign(secret, []byte("webhook verify token of "+appID)))[:40]
}

// maxChallenge bounds what is repeated to anyone who knows the token; Meta's challenges are about ten digits.
const maxChallenge = 256

// Handshake answers Meta's GET with its challenge if it names the token of [VerifyToken], for any of the app's secrets.
func (*Provider) Handshake(app provider.App, query url.Values) (string, error) {
	valid := false
	for _, secret := range app.Signing {
		if !secret.IsZero() && config.NewSecret(verifyToken(secret, app.ID)).Matches(query.Get("hub.verify_token")) {
			valid = true
		}
	}

	challenge := query.Get("hub.challenge")
	if !valid || query.Get("hub.mode") != "subscribe" || challenge == "" || len(challenge) > maxChallenge {
		return "", ErrHandshake
	}

	return challenge, nil
}
