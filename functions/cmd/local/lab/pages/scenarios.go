package pages

import (
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// scenariosView is the page of stories that can be played.
type scenariosView struct {
	Files  []storyFile
	Orders []scenario.Order
}

// storyFile is a story as its file has it.
type storyFile struct {
	// Name is the file's without its directory, Title the story's.
	Name, Title string
	Command     string
	Steps       []storyStep
}

// storyStep is one step of a story in words.
type storyStep struct {
	// At is when it is done at the soonest, since the beginning; empty for at once.
	At, Words string
}

// scenarios shows the stories that can be played, and what of this run can become one.
func (p *Pages) scenarios(c *call) error {
	files, err := storyFiles()
	if err != nil {
		return err
	}

	all, err := p.Actor.Orders(c.ctx())
	if err != nil {
		return err
	}

	f := frame{
		Title: "Scenarios",
		Tab:   "scenarios",
		Lead:  "Stories as small files. Each is played in a run of its own, whose clock does not wait, and has to come to the end that it names.",
	}

	return c.show("scenarios", f, scenariosView{Files: files, Orders: all})
}

// storyFiles returns the stories of testdata, by the names of their files.
func storyFiles() ([]storyFile, error) {
	kept, err := scenario.KeptAs("")
	if err != nil {
		return nil, err
	}

	var all []storyFile

	for _, s := range kept {
		one := storyFile{Name: path.Base(s.File), Title: s.Title, Command: "make play FILE=testdata/" + s.File}
		for _, step := range s.Steps {
			one.Steps = append(one.Steps, storyStep{At: sinceBeginning(step.At), Words: stepWords(step)})
		}

		all = append(all, one)
	}

	return all, nil
}

// sinceBeginning is the time of a step as people write it; empty for one that is done at once.
func sinceBeginning(at scenario.Duration) string {
	if at == 0 {
		return ""
	}

	return "after " + lasts(time.Duration(at))
}

// lasts is a time between two moments in its two largest units.
func lasts(d time.Duration) string {
	parts := page.Units(d.Round(time.Second))
	if len(parts) == 0 {
		return "0 seconds"
	}

	return strings.Join(parts[:min(len(parts), 2)], " and ")
}

// stepWords says what a step does.
func stepWords(s scenario.Step) string {
	switch s.Do {
	case scenario.Subscribe:
		return "The shopper of order " + s.Order + " ticks the portal’s box."
	case scenario.Withdraw:
		return "The shopper of order " + s.Order + " clears the portal’s box."
	case scenario.Event:
		return "The platform tells of order " + s.Order + ": " + page.EventLabel(s.Event) + "."
	case scenario.Answer:
		return answerWords(s)
	case scenario.Phone:
		return "The phone " + s.Phone + " is set: " + settingsWords(*s.Settings) + "."
	case scenario.StartFault:
		f, _ := scenario.FaultOf(s.Fault)
		return f.Words + "."
	case scenario.Mend:
		if f, known := scenario.FaultOf(s.Fault); known {
			return "Mended: " + f.Words + "."
		}

		return "Everything is mended."
	case scenario.Forward:
		return "The clock is moved ahead by " + lasts(time.Duration(s.For)) + "."
	case scenario.Until:
		if s.Consent != "" {
			return "Until the portal’s key of order " + s.Order + " is “" + s.Consent + "”."
		}

		return "Until a message of order " + s.Order + " is " + strings.ToLower(page.StatusWord(message.Status(s.Status))) + "."
	case scenario.Change:
		return "WhatsApp changes the template " + s.Template.ID + " of the app " + s.App + "."
	case scenario.Key:
		return "The app " + s.App + " gets another key at its provider."
	case scenario.Forge:
		return "A stranger posts a forged callback of the app " + s.App + "."
	case scenario.Operate:
		return "An operator runs: ops " + s.Run
	default:
		return "A letter that cannot be read is kept as dead."
	}
}

// answerWords says what a shopper answers.
func answerWords(s scenario.Step) string {
	switch r := s.Reply; {
	case r.Button != "":
		return "The shopper taps “" + r.Button + "”."
	case r.Kind != "" && r.Kind != "text":
		return "The shopper sends: " + page.Spelled(r.Kind) + "."
	default:
		return "The shopper writes “" + r.Text + "”."
	}
}

// settingsWords says how a phone is set.
func settingsWords(s scenario.Settings) string {
	words := ""

	for _, one := range phoneSwitches {
		now := handset.Settings(s)
		if *one.of(&now) {
			if words != "" {
				words += ", "
			}

			words += one.Label
		}
	}

	if words == "" {
		return "as most are"
	}

	return words
}

// saved answers with the story of an order so far, as a file.
func (p *Pages) saved(c *call) error {
	o, err := c.order()
	if err != nil {
		return err
	}

	file, err := p.Stories.Save(c.ctx(), o.ID)
	if why := c.problemOf(err); err != nil && why != nil {
		return c.showStage(http.StatusConflict, &page.Problem{Heading: "There is no file of this story", Message: why.Message})
	}
	if err != nil {
		return err
	}

	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Content-Disposition", `attachment; filename="story-`+o.ID+`.json"`)
	_, err = c.w.Write(file)

	return err
}
