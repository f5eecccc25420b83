"""The `tactful` command: each sub-command lives in a file of its own and is named here once."""

import sys

import typer

from cli import (
    decide,
    demo,
    draw,
    evaluate,
    explain,
    history,
    keys,
    learn,
    load,
    model,
    policy,
    preview,
    profiles,
    schema,
    send,
    serve,
    simulate,
    stack,
    verify,
    volume,
    watch,
    webhooks,
)

app = typer.Typer(
    name="tactful",
    help="Decides whether, when, where and with what words to notify each user.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
stack.register(app)
app.add_typer(send.app)
app.add_typer(policy.app)
app.command()(watch.watch)
app.command()(explain.explain)
app.command()(preview.preview)
app.command()(draw.draw)
app.command()(load.load)
app.command()(decide.decide)
app.command()(learn.learn)
app.add_typer(model.app)
app.command()(demo.demo)
profiles.register(app)
app.command()(history.history)
app.command()(verify.verify)
app.add_typer(schema.app)
app.add_typer(keys.app)
app.command()(volume.volume)
app.add_typer(evaluate.app)
app.command()(simulate.simulate)
serve.register(app)
app.command()(webhooks.webhooks)


def main() -> None:
    """Run the command; what a person can mend is said in words, without a traceback."""
    from pydantic import ValidationError

    from connectors.tls import ConnectionSettingsError
    from deploy.local.errors import StackError

    try:
        app()
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except ConnectionSettingsError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except ValidationError as error:
        for problem in error.errors():
            name = ".".join(str(word) for word in problem["loc"])
            print(
                f"error: setting {name} (TACTFUL_{name.upper()} or tactful.toml): "
                f"{problem['msg']}, found {problem['input']!r}",
                file=sys.stderr,
            )
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
