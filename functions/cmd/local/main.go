// Local runs the product on one machine.
//
// Without flags it runs everything in one process: every function at its path, the local cloud, simulated providers and
// order platform, demo accounts; it tells the story of one message, and serves until it is interrupted.
//
// With -cloud-only it runs only the local cloud, for functions in processes of their own. With FUNCTION_TARGET set it is
// one such process: it serves that one function through the functions framework, as deployed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

func main() {
	if err := run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

func run() error {
	cloudOnly := flag.Bool("cloud-only", false, "run only the local cloud, and print its address")
	listen := flag.String("listen", "127.0.0.1:8612", "where -cloud-only listens")
	notifyURL := flag.String("notify", "", "with -cloud-only: where order-events is pushed to")
	receiveURL := flag.String("receive", "", "with -cloud-only: where provider-events is pushed to")
	sweepURL := flag.String("sweep", "", "with -cloud-only: what is called every -sweep-every")
	sweepEvery := flag.Duration("sweep-every", 5*time.Second, "how often sweep is called")
	state := flag.String("state", ".local", "directory of the state; empty keeps it in memory")

	flag.Parse()

	var env environment
	if err := config.Load(context.Background(), config.OS(), &env); err != nil {
		return err
	}
	if env.FunctionTarget != "" {
		// Signals are left to the function, which listens to them from its first request on; caught here they would be lost.
		return funcframework.StartHostPort("127.0.0.1", strconv.Itoa(env.Port))
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *cloudOnly {
		return runCloud(ctx, world.CloudOptions{
			Listen:     *listen,
			Path:       *state,
			NotifyURL:  *notifyURL,
			ReceiveURL: *receiveURL,
			SweepURL:   *sweepURL,
			SweepEvery: *sweepEvery,
			Secrets:    demo.Secrets(),
		})
	}

	return runWorld(ctx, env, *state, *sweepEvery)
}

func runCloud(ctx context.Context, o world.CloudOptions) error {
	o.Logger = logging.New(os.Stderr, logging.Options{Level: slog.LevelWarn})
	cloud, err := world.StartCloud(ctx, o)
	if err != nil {
		return advise(err, o.Path)
	}

	fmt.Printf("the local cloud listens on %s\n", cloud.Addr())
	fmt.Println(export(cloud.Addr()))

	<-ctx.Done()

	return cloud.Close()
}

func runWorld(ctx context.Context, env environment, state string, sweepEvery time.Duration) error {
	w, err := world.Start(ctx, world.Options{
		FirestoreEmulator: env.FirestoreEmulator,
		PubSubEmulator:    env.PubSubEmulator,
		Path:              state,
		Listen:            fmt.Sprintf("localhost:%d", env.Port),
		SweepEvery:        sweepEvery,
		Logger:            logging.New(os.Stderr, logging.Options{Level: slog.LevelWarn}),
		Config:            map[string]string{"GRACE": "45s", "LEASE": "15s", "PROVIDER_TIMEOUT": "8s", "REQUEST_TIMEOUT": "10s"},
		Secrets:           demo.Secrets(),
		Prepare:           demo.Seed,
	})
	if err != nil {
		return advise(err, state)
	}

	if err := demo.Story(ctx, w, os.Stdout); err != nil {
		return errors.Join(err, w.Close(ctx))
	}

	demo.Guide(os.Stdout, w.URL)

	<-ctx.Done()
	fmt.Println("\nfinishing what is in flight; the state stays in", state)

	return w.Close(context.WithoutCancel(ctx))
}
