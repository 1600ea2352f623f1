// Local runs the product on one machine.
//
// Without flags it runs everything in one process: every function at its path, the local cloud, simulated providers and
// order platform, demo accounts; it tells the story of a message of each provider, and serves until it is interrupted.
//
// With -notify, -receive or -sweep that function is called in a process of its own instead, and no story is told: the process
// may not run yet. With FUNCTION_TARGET set it is one such process: it serves that one function through the functions
// framework, as deployed. With -cloud-only it runs only the local cloud, which starts empty.
//
// With -play it plays the story of a file instead, on a run of its own, and ends. It exits with 0 if the story came to the file's end, with 1 if it did not,
// and with 2 if the file cannot be read.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab/pages"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

func main() {
	if err := run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(exitCode(err))
	}
}

func run() error {
	cloudOnly := flag.Bool("cloud-only", false, "run only the local cloud, and print its address")
	listen := flag.String("listen", "127.0.0.1:8612", "where the local cloud listens, with -cloud-only, -notify, -receive or -sweep")
	keys := flag.String("keys", "127.0.0.1:8613", "where the local cloud serves the public key of its tokens, in the same cases")
	notifyURL := flag.String("notify", "", "where order-events is pushed to, for notify in a process of its own")
	receiveURL := flag.String("receive", "", "where provider-events is pushed to, for receive in a process of its own")
	sweepURL := flag.String("sweep", "", "what is called every -sweep-every, for sweep in a process of its own")
	sweepEvery := flag.Duration("sweep-every", 5*time.Second, "how often sweep is called")
	state := flag.String("state", lab.DefaultState, "directory of the state; empty keeps it in memory")

	story := flag.String("play", "", "file of a story to play, instead of serving")

	flag.Parse()

	var env environment
	if err := config.Load(context.Background(), config.OS(), &env); err != nil {
		return err
	}
	if env.FunctionTarget != "" {
		// Signals are left to the function, which listens to them from its first request on; caught here they would be lost.
		return serveFunction(env.Port)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if *story != "" {
		return playStory(ctx, *story)
	}

	o := world.CloudOptions{
		Listen:     *listen,
		Keys:       *keys,
		Path:       *state,
		NotifyURL:  *notifyURL,
		ReceiveURL: *receiveURL,
		SweepURL:   *sweepURL,
		SweepEvery: *sweepEvery,
		Retain:     retain,
		Secrets:    demo.Secrets(),
	}
	if *cloudOnly {
		return runCloud(ctx, o)
	}

	return runWorld(ctx, env, o)
}

// retain is for how long events can be replayed.
const retain = 48 * time.Hour

func runCloud(ctx context.Context, o world.CloudOptions) error {
	o.Logger = logging.New(os.Stderr, logging.Options{Level: slog.LevelWarn})
	cloud, err := world.StartCloud(ctx, o)
	if err != nil {
		return advise(err, o.Path)
	}

	fmt.Printf("the local cloud listens on %s\n", cloud.Addr())

	variables := world.Environment("http://localhost:8080", world.Project)
	maps.Copy(variables, world.PushEnvironment(cloud.KeysURL()))
	maps.Copy(variables, world.UserEnvironment(cloud.KeysURL()))
	maps.Copy(variables, world.StorageEnvironment(cloud.StorageURL()))
	fmt.Println(lab.Export(cloud.Addr(), variables))

	<-ctx.Done()

	return cloud.Close()
}

func runWorld(ctx context.Context, env environment, o world.CloudOptions) error {
	split := o.NotifyURL != "" || o.ReceiveURL != "" || o.SweepURL != ""
	if !split {
		o.Listen, o.Keys = "", "" // nobody needs to know the addresses
	}

	variables, ignored := functionVariables(ctx, config.OS())
	for _, name := range ignored {
		fmt.Printf("%s is set, and ignored: a local run decides it itself\n", name)
	}

	if err := errors.Join(checkVariables(ctx, variables), awaitEmulators(ctx, env, emulatorPatience, os.Stdout)); err != nil {
		return err
	}

	level, err := logLevel(ctx, variables)
	if err != nil {
		return err
	}

	clk, err := clockOf(o.Path, split)
	if err != nil {
		return advise(err, o.Path)
	}

	w, err := world.Start(ctx, world.Options{
		Clock:             clk,
		FirestoreEmulator: env.FirestoreEmulator,
		PubSubEmulator:    env.PubSubEmulator,
		Path:              o.Path,
		Listen:            fmt.Sprintf("localhost:%d", env.Port),
		CloudListen:       o.Listen,
		KeysListen:        o.Keys,
		NotifyURL:         o.NotifyURL,
		ReceiveURL:        o.ReceiveURL,
		SweepURL:          o.SweepURL,
		SweepEvery:        o.SweepEvery,
		Retain:            o.Retain,
		Logger:            logging.New(os.Stderr, logging.Options{Level: level}),
		Config:            variables,
		Secrets:           o.Secrets,
		Prepare:           demo.Seed,
	})
	if err != nil {
		return advise(err, o.Path)
	}

	fmt.Printf("Open %s%s in a browser: the lab, to play with all of it. %s/ is the console, as whoever you pick.\n\n", w.URL, pages.Path, w.URL)

	if split {
		fmt.Println("Start the functions in processes of their own with these variables, FUNCTION_TARGET and PORT:")
		fmt.Println(lab.Export(w.Cloud.Addr(), w.Config))
	} else {
		if err := demo.Story(ctx, w, os.Stdout); err != nil {
			return errors.Join(err, w.Close(ctx))
		}

		w.Lab.Open(demo.Opening)
	}

	if err := demo.Guide(ctx, w, os.Stdout); err != nil {
		return errors.Join(err, w.Close(ctx))
	}

	<-ctx.Done()
	fmt.Println(farewell(o.Path))

	return w.Close(context.WithoutCancel(ctx))
}

// clockOf returns the clock of a run on the state in a directory: one that can be moved ahead and goes on where an earlier run came to,
// and the machine's where functions run in processes of their own, which go by that.
func clockOf(state string, split bool) (clock.Clock, error) {
	if split {
		return clock.Real{}, nil
	}

	ahead, err := world.SavedAhead(state)
	if err != nil {
		return nil, err
	}

	return clock.NewForward(ahead), nil
}

// logLevel returns the least level that the functions of a local run write.
func logLevel(ctx context.Context, variables map[string]string) (slog.Level, error) {
	var cfg struct {
		Level slog.Level `env:"LOG_LEVEL"`
	}
	err := config.Load(ctx, config.Map(variables), &cfg)

	return cfg.Level, err
}
