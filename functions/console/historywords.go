package console

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// changeView is one setting that was changed, in words.
type changeView struct {
	// What names the setting, and Path is its name for programs.
	What, Path    string
	Before, After string
}

// changeGroup are the changes of what belongs together, such as an event.
type changeGroup struct {
	About   string
	Changes []changeView
}

// dids say what was done, by the word that a version has for it.
//
//nolint:gosec // words, and no credential
var dids = map[string]string{
	"account.put":            "Set the account",
	"app.credential":         "Replaced an app's credential",
	"app.install":            "Connected an app",
	"app.rename":             "Renamed an app",
	"app.uninstall":          "Disconnected an app",
	"app.webhook-token":      "Gave a webhook another address",
	"notification.put":       "Set a notification",
	"notifications.put":      "Set the notifications",
	"sender.put":             "Chose the sender",
	"settings.revert":        "Went back to a version",
	"quiet_hours.put":        "Set the quiet hours",
	"keywords.put":           "Set the keywords",
	"category_changes.put":   "Set what happens when WhatsApp changes a category",
	"unexpected_replies.put": "Set the answer to unexpected replies",
	"platform_app.put":       "Followed a change of the platform's app",
}

// didWords says what was done.
func didWords(v store.Version) string {
	if v.BackTo > 0 {
		return fmt.Sprintf("Went back to version %d", v.BackTo)
	}
	if words, known := dids[v.Action]; known {
		return words
	}

	return page.Capital(strings.NewReplacer(".", " ", "-", " ").Replace(v.Action))
}

// settingWords are what people call settings, by the names of the store.
var settingWords = []struct {
	path  *regexp.Regexp
	words string
}{
	{regexp.MustCompile(`^name$`), "Name of the brand"},
	{regexp.MustCompile(`^slug$`), "Short name"},
	{regexp.MustCompile(`^timeZone$`), "Time zone"},
	{regexp.MustCompile(`^sender$`), "Sender"},
	{regexp.MustCompile(`^senderChosen$`), "Sender was chosen by a person"},
	{regexp.MustCompile(`^maxAge$`), "Not sent when older than"},
	{regexp.MustCompile(`^consentMode$`), "Consent mode"},
	{regexp.MustCompile(`^reclassed$`), "When WhatsApp changes a category"},
	{regexp.MustCompile(`^quiet\.`), "Quiet hours: "},
	{regexp.MustCompile(`^keywords\.`), "Keywords: "},
	{regexp.MustCompile(`^unexpected\.`), "Unexpected replies: "},
	{regexp.MustCompile(`^limits\.`), "Spending limit: "},
	{regexp.MustCompile(`^declaration\.`), "Declaration of consent: "},
}

// eventWords are what people call the settings of an event.
var eventWords = map[string]string{
	"enabled":             "On",
	"template":            "Template",
	"maxAge":              "Not sent when older than",
	"charges.by":          "Charges agreed by",
	"charges.at":          "Charges agreed at",
	"charges.price":       "Price agreed to",
	"charges.priceMicros": "Price agreed to, in millionths",
	"charges.textVersion": "Text agreed to",
	"charges.category":    "Category agreed to",
}

// appWords are what people call the settings of an app.
//
//nolint:gosec // words, and no credential
var appWords = map[string]string{
	"name":         "Name",
	"provider":     "Provider",
	"ownership":    "Whose it is",
	"number":       "Number",
	"secret":       "Credential",
	"last4":        "Credential ends in",
	"credentialAt": "Credential set at",
	"webhookAt":    "Webhook's address set at",
	"signingAt":    "Callback secret set at",
	"installedAt":  "Connected at",
}

// choicePath is that of a setting of an event at an app, fillingPath that of what fills a placeholder.
var (
	choicePath  = regexp.MustCompile(`^choices\.([^.]+)\.([^.]+)\.(.+)$`)
	allPath     = regexp.MustCompile(`^choices\.([^.]+)$`)
	appPathForm = regexp.MustCompile(`^apps\.([^.]+)\.(.+)$`)
	fillingPath = regexp.MustCompile(`^filling\.(variables|texts|names|actions)\[([0-9]+)\]$`)
)

// changesOf returns changes in words, with what belongs together. names are what people call the apps. What the product itself notes of a template's
// placeholders is not among them.
func changesOf(changes []account.Change, names map[string]string) []changeGroup {
	var groups []changeGroup

	for _, c := range changes {
		if strings.Contains(c.Path, ".filling.names[") {
			continue
		}

		about, what := wordsOf(c, names)
		one := changeView{
			What:   what,
			Path:   c.Path,
			Before: valueWords(c.Path, c.Before, names),
			After:  valueWords(c.Path, c.After, names),
		}

		if strings.HasSuffix(c.Path, ".secret") {
			one.Before, one.After = "not shown", "not shown"
		}

		at := slices.IndexFunc(groups, func(g changeGroup) bool { return g.About == about })
		if at < 0 {
			at, groups = len(groups), append(groups, changeGroup{About: about})
		}

		groups[at].Changes = append(groups[at].Changes, one)
	}

	return groups
}

// wordsOf says what the setting of a change is of, and which one it is.
func wordsOf(c account.Change, names map[string]string) (about, what string) {
	named := func(id string) string {
		if name := names[id]; name != "" {
			return name
		}

		return id
	}

	if m := choicePath.FindStringSubmatch(c.Path); m != nil {
		return page.EventLabel(m[2]) + " at " + named(m[1]), choiceWords(m[3])
	}
	if m := allPath.FindStringSubmatch(c.Path); m != nil {
		return named(m[1]), "All notifications"
	}

	if m := appPathForm.FindStringSubmatch(c.Path); m != nil {
		what, known := appWords[m[2]]
		if id, is := strings.CutPrefix(m[2], idPrefix); is {
			what, known = id, true
			if words, there := idWords[id]; there {
				what = words.label
			}
		}
		if !known {
			what = page.Capital(parted(m[2]))
		}

		return named(m[1]), what
	}

	for _, s := range settingWords {
		if s.path.MatchString(c.Path) {
			rest := ""
			if strings.HasSuffix(s.words, ": ") {
				_, rest, _ = strings.Cut(c.Path, ".")
			}

			return "The account", s.words + strings.ToLower(parted(rest))
		}
	}

	return "The account", page.Capital(parted(c.Path))
}

// choiceWords are what people call a setting of an event.
func choiceWords(path string) string {
	if words, known := eventWords[path]; known {
		return words
	}

	if m := fillingPath.FindStringSubmatch(path); m != nil {
		at, _ := strconv.Atoi(m[2])
		of := map[string]string{"variables": "Placeholder", "texts": "Text of placeholder", "names": "Name of placeholder", "actions": "Button"}[m[1]]

		return fmt.Sprintf("%s %d", of, at+1)
	}

	return page.Capital(parted(strings.TrimPrefix(path, "filling.")))
}

// humps are where a name of a program has its capitals.
var humps = regexp.MustCompile(`([a-z])([A-Z])`)

// parted makes words of a program's name of a setting.
func parted(path string) string {
	return strings.NewReplacer(".", ", ", "_", " ").Replace(humps.ReplaceAllString(path, "$1 $2"))
}

// valueWords writes a value of a setting for people; the empty text for none.
func valueWords(path string, v any, names map[string]string) string {
	switch x := v.(type) {
	case nil:
		return ""
	case bool:
		if x {
			return "yes"
		}

		return "no"
	case time.Time:
		return x.UTC().Format("2 Jan 2006, 15:04 UTC")
	case string:
		return textWords(path, x, names)
	default:
		return fmt.Sprint(x)
	}
}

// textWords writes a text that is the value of a setting.
func textWords(path, text string, names map[string]string) string {
	switch {
	case path == "sender" && names[text] != "":
		return names[text]
	case strings.HasSuffix(path, "axAge"):
		if d, err := time.ParseDuration(text); err == nil {
			age := ageOf(d)
			return strings.TrimSpace(age.Number + " " + age.Unit)
		}
	case strings.Contains(path, ".filling.variables["):
		for _, v := range template.Variables() {
			if v.Key == text {
				return v.Label
			}
		}
	case strings.HasSuffix(path, ".provider"):
		return page.ProviderLabel(text)
	}

	return text
}
