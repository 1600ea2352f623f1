package pages

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab/cloudview"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// maxSearch is the most bytes of what is searched for.
const maxSearch = 200

// The paths of the cloud browser.
const (
	cloudPath     = Path + "/cloud"
	documentsPath = cloudPath + "/documents"
	topicsPath    = cloudPath + "/topics/"
)

// cloudMain is the page of all that the cloud has.
type cloudMain struct {
	Collections []cloudview.Collection
	Topics      []cloudview.Topic
	Secrets     []cloudview.Secret
}

// cloud shows what the local cloud has.
func (p *Pages) cloud(c *call) error {
	v, err := p.looker()
	if err != nil {
		return err
	}

	secrets, err := v.Secrets(c.ctx())
	if err != nil {
		return err
	}

	f := frame{
		Title: "Cloud",
		Tab:   "cloud",
		Lead:  "What this run has in its Firestore, Pub/Sub and Secret Manager. What would tell of a person, or would open something, is masked until you show it.",
	}

	return c.show("cloud", f, cloudMain{
		Collections: v.Collections(),
		Topics:      v.Topics(),
		Secrets:     secrets,
	})
}

// looker is what looks at the cloud. A run on emulators has none of its own.
func (p *Pages) looker() (*cloudview.View, error) {
	if p.view == nil {
		return nil, fault.New(fault.NotFound, "pages.cloud", "this run is on emulators of Google's, which have no page here")
	}
	return p.view, nil
}

// search is what a list is asked for.
type search struct {
	// Query is what is searched for; empty for everything.
	Query  string
	Number int
}

// searchOf reads what a list is asked for, from the address or from a form.
func searchOf(values url.Values) (search, error) {
	s := search{Query: values.Get("q"), Number: 1}
	if len(s.Query) > maxSearch {
		return s, fault.Field("q", "is longer than "+strconv.Itoa(maxSearch)+" bytes")
	}

	if n := values.Get("page"); n != "" {
		number, err := strconv.Atoi(n)
		if err != nil || number < 1 {
			return s, fault.Field("page", "must be a number from 1 on")
		}

		s.Number = number
	}

	return s, nil
}

// pager leads from one page of a list to the next.
type pager struct {
	Number, Pages int
	// Before and After are the addresses of the pages around it; empty where there is none.
	Before, After string
}

// pagerOf returns the pager of a list at an address with these values.
func pagerOf(number, pages int, path string, values url.Values) pager {
	at := func(n int) string {
		if n < 1 || n > pages {
			return ""
		}

		values.Set("page", strconv.Itoa(n))

		return path + "?" + values.Encode()
	}

	return pager{
		Number: number,
		Pages:  pages,
		Before: at(number - 1),
		After:  at(number + 1),
	}
}

// documentsMain is the page of a collection.
type documentsMain struct {
	Collection string
	Query      string
	cloudview.Page[cloudview.Row]

	Pager pager
}

// documents shows a page of a collection.
func (p *Pages) documents(c *call) error {
	v, err := p.looker()
	if err != nil {
		return err
	}

	asked := c.r.URL.Query()

	s, err := searchOf(asked)
	if err != nil {
		return err
	}

	name := asked.Get("collection")
	if name == "" {
		return c.redirect(cloudPath)
	}
	if !slices.ContainsFunc(v.Collections(), func(one cloudview.Collection) bool { return one.Name == name }) {
		return fault.New(fault.NotFound, "pages.documents", "there are no documents of such a collection")
	}

	found := v.Documents(name, s.Query, s.Number)

	return c.show("clouddocuments", frame{Title: name, Tab: "cloud"}, documentsMain{
		Collection: name,
		Query:      s.Query,
		Page:       found,
		Pager:      pagerOf(found.Number, found.Pages, documentsPath, url.Values{"collection": {name}, "q": {s.Query}}),
	})
}

// document shows a document, masked.
func (p *Pages) document(c *call) error { return p.documentOf(c, c.r.URL.Query().Get("path"), false) }

// showDocument shows a document as it is stored, this once.
func (p *Pages) showDocument(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	return p.documentOf(c, c.sent.Get("path"), true)
}

func (p *Pages) documentOf(c *call, path string, shown bool) error {
	v, err := p.looker()
	if err != nil {
		return err
	}

	d, err := v.Document(path, shown)
	if err != nil {
		return err
	}

	return c.show("clouddocument", frame{Title: d.Label, Tab: "cloud"}, d)
}

// topicMain is the page of a topic.
type topicMain struct {
	Topic cloudview.Topic
	Query string
	cloudview.Page[cloudview.Message]

	Pager pager
	// Most is how many messages are kept.
	Most int
	Now  time.Time
}

// topic shows a page of what was published to a topic, masked.
func (p *Pages) topic(c *call) error { return p.topicOf(c, c.r.URL.Query(), "") }

// showMessage shows one message of a topic as it was published, this once, on its page.
func (p *Pages) showMessage(c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	return p.topicOf(c, c.sent, c.sent.Get("id"))
}

func (p *Pages) topicOf(c *call, asked url.Values, shown string) error {
	v, err := p.looker()
	if err != nil {
		return err
	}

	s, err := searchOf(asked)
	if err != nil {
		return err
	}

	topic, found, err := v.Messages(c.r.PathValue("topic"), s.Query, shown, s.Number)
	if err != nil {
		return err
	}

	return c.show("cloudtopic", frame{Title: topic.Name, Tab: "cloud"}, topicMain{
		Topic: topic,
		Query: s.Query,
		Page:  found,
		Pager: pagerOf(found.Number, found.Pages, topicsPath+url.PathEscape(topic.Name), url.Values{"q": {s.Query}}),
		Most:  cloudview.MaxMessages,
		Now:   p.Clock.Now(),
	})
}

// showSecret shows the values of a secret, this once.
func (p *Pages) showSecret(c *call) error {
	v, err := p.looker()
	if err != nil {
		return err
	}
	if err = c.form(); err != nil {
		return err
	}

	secret, err := v.Secret(c.ctx(), c.sent.Get("name"))
	if err != nil {
		return err
	}

	return c.show("cloudsecret", frame{Title: secret.Name, Tab: "cloud"}, secret)
}
