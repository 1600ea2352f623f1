package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// brandFile is what a brand begins with, as an operator writes it.
type brandFile struct {
	account description
	apps    []brandApp
}

// brandApp is an app of a brand that begins.
type brandApp struct {
	// at is its place in the file.
	at    string
	input settings.AppInput
	// credential and signing say where these are found; empty for none.
	credential, signing source
	sender              bool
	events              []brandEvent
}

// brandEvent is an event that shoppers are told of through an app.
type brandEvent struct {
	kind  order.Kind
	input settings.NotificationInput
}

// source says where a secret is found; no secret stands in a file.
type source string

// The forms of a source; the first two are followed by a name.
const (
	fromEnvironment source = "env:"
	fromManager     source = "secret:"
	fromStdin       source = "stdin"
)

// isSource reports whether a text is one.
func isSource(s source) bool {
	for _, prefix := range []source{fromEnvironment, fromManager} {
		if name, ok := strings.CutPrefix(string(s), string(prefix)); ok && secretForm.MatchString(name) {
			return true
		}
	}

	return s == fromStdin
}

// readBrand reads the one JSON object of a file. What is wrong with it is noted in c.
func readBrand(text []byte, c *checks) (brandFile, error) {
	values, err := readJSON(text)
	if err != nil {
		return brandFile{}, err
	}

	o := &object{checks: c, values: values}

	of := o.object("account")
	b := brandFile{account: readAccount(of)}

	for i, one := range o.objects("apps") {
		b.apps = append(b.apps, readApp(one, fmt.Sprintf("apps[%d]", i)))
	}

	o.end()

	senders := slices.DeleteFunc(slices.Clone(b.apps), func(a brandApp) bool { return !a.sender })
	c.that(len(senders) <= 1, "apps", "has more than one sender")

	return b, nil
}

// readApp reads an app.
func readApp(o *object, at string) brandApp {
	ids := o.object("providerIds")
	a := brandApp{
		at: at,
		input: settings.AppInput{
			Ownership: message.Ownership(o.text("ownership")),
			AppID:     o.text("appId"),
			Name:      o.text("name"),
			ConnectionInput: settings.ConnectionInput{
				Provider:    o.text("provider"),
				Number:      o.text("number"),
				ProviderIDs: ids.texts(),
			},
		},
		credential: o.source("credential"),
		signing:    o.source("signingSecret"),
		sender:     o.flag("sender"),
	}

	events := o.object("events")

	for _, entry := range order.Catalog() {
		kind := entry.Kind.String()
		if _, there := events.values[kind]; there {
			a.events = append(a.events, readBrandEvent(events.object(kind), entry.Kind, a.input.Ownership))
		}
	}

	events.endWith("is no event that shoppers can be told of")
	o.end()

	return a
}

// readBrandEvent reads an event. At an app of the platform's each message is charged, to which a person of the brand agrees.
func readBrandEvent(o *object, kind order.Kind, ownership message.Ownership) brandEvent {
	o.checks.that(ownership != message.Platform, o.at, "cannot be switched on by a file: a person of the brand agrees to its charges over the workspace API")

	e := brandEvent{kind: kind, input: settings.NotificationInput{Enabled: true, MaxAge: time.Duration(o.whole("maxAgeSeconds")) * time.Second}}

	if id := o.text("template"); id != "" {
		e.input.Content = &account.Content{TemplateID: id}
	}

	for _, value := range o.objects("values") {
		f := &e.input.Content
		o.checks.that(*f != nil, o.place("values"), "needs a template")

		if *f == nil {
			break
		}

		variable, text := value.text("variable"), value.text("text")
		value.checks.that(variable != "" || text != "", value.place("variable"), "or text is needed")
		value.checks.that(variable == "" || isVariable(variable), value.place("variable"), "is no variable that there is")

		(*f).Filling.Variables = append((*f).Filling.Variables, variable)
		(*f).Filling.Texts = append((*f).Filling.Texts, text)

		value.end()
	}

	if c := e.input.Content; c != nil && !slices.ContainsFunc(c.Filling.Texts, func(text string) bool { return text != "" }) {
		c.Filling.Texts = nil
	}

	o.end()

	return e
}

// isVariable reports whether there is a variable of that key.
func isVariable(key string) bool {
	return slices.ContainsFunc(template.Variables(), func(v template.Variable) bool { return v.Key == key })
}

var errNoSecret = errors.New("has no value there")

// secretFrom returns the secret that a source names. lines has what is left of the standard input: each source that names it is a line of it.
func (o ops) secretFrom(s source, lines *bufio.Reader, access func(name string) (config.Secret, error)) (config.Secret, error) {
	var (
		value string
		err   error
	)

	switch {
	case s == "":
		return config.Secret{}, nil
	case s == fromStdin:
		if value, err = lines.ReadString('\n'); errors.Is(err, io.EOF) {
			err = nil
		}
	case strings.HasPrefix(string(s), string(fromEnvironment)):
		value, _ = o.environment.Lookup(strings.TrimPrefix(string(s), string(fromEnvironment)))
	default:
		return access(strings.TrimPrefix(string(s), string(fromManager)))
	}

	if value = strings.TrimRight(value, "\r\n"); value == "" && err == nil {
		err = errNoSecret
	}

	return config.NewSecret(value), err
}
