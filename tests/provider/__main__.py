"""`python -m tests.provider [--port 9911] [--account SID:TOKEN] [--callbacks sent,delivered]`."""

import argparse

import uvicorn

from tests.provider.app import Provider

USAGE = """Its address takes the place of Twilio's, of an SMS gateway's and of a push service's:
  TWILIO_API_URL={at} TWILIO_ACCOUNT_SID={sid} TWILIO_AUTH_TOKEN={token} TWILIO_SMS_FROM=OOZHAM
  SMS_GATEWAY_URL={at}/gateway SMS_GATEWAY_KEY={token}
How it behaves:  curl {at}/behave -d '{{"channel": "sms", "do": "hang"}}'   (see tests/provider/behaviour.py)
What it has:     curl {at}/accepted?brief=1"""


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.provider", description="A provider of messages to try with.")
    parser.add_argument("--port", type=int, default=9911)
    parser.add_argument("--account", default="AC00000000000000000000000000000001:secret", help="SID:TOKEN")
    parser.add_argument("--callbacks", default="", help="the receipts that follow a message: sent,delivered")
    parser.add_argument("--quiet", action="store_true")
    given = parser.parse_args()
    sid, _, token = given.account.partition(":")
    if not given.quiet:
        print(USAGE.format(at=f"http://127.0.0.1:{given.port}", sid=sid, token=token), flush=True)
    provider = Provider(sid, token, callbacks=[it for it in given.callbacks.split(",") if it])
    how = {"log_level": "warning", "access_log": False, "lifespan": "off", "timeout_graceful_shutdown": 0}
    uvicorn.run(provider, host="127.0.0.1", port=given.port, **how)


if __name__ == "__main__":
    main()
