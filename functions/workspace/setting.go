package workspace

import (
	"regexp"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// A version keeps changes by the names of the store, of which there are some that the API does not use.

// renamed are the names of settings in the store and in the API.
var renamed = []struct {
	stored *regexp.Regexp
	name   string
}{
	{regexp.MustCompile(`^senderChosen$`), "sender.chosen"},
	{regexp.MustCompile(`^sender$`), "sender.appId"},
	{regexp.MustCompile(`^quiet\.`), "quietHours."},
	{regexp.MustCompile(`^reclassed$`), "categoryChanges.reclassed"},
	{regexp.MustCompile(`^unexpected\.`), "unexpectedReplies."},
	{regexp.MustCompile(`^(apps\.[^.]+)\.last4$`), "$1.credentialLast4"},
	{regexp.MustCompile(`^(apps\.[^.]+)\.secret$`), "$1.credential"},
	{regexp.MustCompile(`^choices\.([^.]+\.[^.]+)\.template$`), "notifications.$1.content.template"},
	{regexp.MustCompile(`^choices\.([^.]+\.[^.]+)\.filling\.variables(\[[0-9]+\])$`), "notifications.$1.content.values$2.variable"},
	{regexp.MustCompile(`^choices\.([^.]+\.[^.]+)\.filling\.texts(\[[0-9]+\])$`), "notifications.$1.content.values$2.text"},
	{regexp.MustCompile(`^choices\.([^.]+\.[^.]+)\.filling\.names(\[[0-9]+\])$`), "notifications.$1.content.values$2.name"},
	{regexp.MustCompile(`^choices\.([^.]+\.[^.]+)\.filling\.`), "notifications.$1.content."},
	{regexp.MustCompile(`^choices\.`), "notifications."},
}

// settingOf returns a stored change as the API names it.
func settingOf(c account.Change) changeBody {
	body := changeBody(c)

	for _, r := range renamed {
		if r.stored.MatchString(body.Path) {
			body.Path = r.stored.ReplaceAllString(body.Path, r.name)
			break
		}
	}

	if body.Path == "maxAge" || strings.HasPrefix(body.Path, "notifications.") && strings.HasSuffix(body.Path, ".maxAge") {
		body.Path += "Seconds"
		body.Before, body.After = secondsOf(c.Before), secondsOf(c.After)
	}

	return body
}

// secondsOf returns a stored duration in seconds, and anything else as it is.
func secondsOf(v any) any {
	text, _ := v.(string)
	if d, err := time.ParseDuration(text); err == nil {
		return int64(d / time.Second)
	}

	return v
}
