"""Single values: their plain form, and that nothing dangerous passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwizard import values
from mailwizard.answers_table import Read

READERS: list[Read] = [
    *(values.host_name, values.dns_name, values.email, values.emails, values.local_part, values.forwarded, values.ipv4),
    values.outside_ipv4,
    *(values.ipv6, values.outside_ipv6, values.gateway_ipv6, values.ip, values.smtp_host, values.plugin, values.mirror),
    *(values.web_address, values.authority, values.git_remote, values.age_recipient, values.comfort, values.selector),
    *(values.path, values.provider, values.failure_options),
]
GOOD = {
    values.host_name: ["example.com", "a-b.xn--p1ai", "1.example.com"],
    values.dns_name: ["_spf.google.com", "_a_b.example.com"],
    values.email: ["i@example.com", "a.b+c@example.com", "_x@example.com"],
    values.emails: ["a@b.example, c@d.example"],
    values.local_part: ["i", "info.desk", "a_b-c"],
    values.forwarded: ["*", "i"],
    values.outside_ipv4: ["198.51.100.7"],
    values.outside_ipv6: ["off", "2001:db8::7"],
    values.gateway_ipv6: ["auto", "fe80::1"],
    values.smtp_host: ["mx.example.com", "192.0.2.1", "2001:db8::1"],
    values.plugin: ["dns_cf", "dns_gandi_livedns"],
    values.mirror: ["http://mirror.example.com/debian", "https://mirror.example.com"],
    values.web_address: ["https://[2001:db8::1]:14000/dir?x=1"],
    values.authority: ["letsencrypt", "letsencrypt_test", "https://ca.example.com:14000/dir"],
    values.git_remote: [
        "git@github.com:me/conf.git",
        "ssh://git@203.0.113.22:2222/srv/conf.git",
        "ssh://[2001:db8::1]/a",
    ],
    values.age_recipient: ["age1" + "q" * 58],
    values.comfort: [
        "timezone:Europe/Berlin",
        "timezone:America/Argentina/Ushuaia",
        "locale:C.UTF-8",
        "unattended-upgrades",
        "clock-sync",
    ],
    values.selector: ["mw2611"],
    values.path: ["/etc/ssl/ca.pem"],
    values.provider: ["contabo"],
    values.failure_options: ["0", "1", "d:s"],
}
BAD = {
    values.host_name: [
        "",
        "a",
        ".example.com",
        "a..b",
        "-a.b",
        "a-.b",
        "a_b.com",
        "example.com.",
        "1.2.3.4",
        "a.b/c",
        f"{'a' * 64}.com",
        "a." * 127 + "com",
    ],
    values.dns_name: ["a", "a b.c", "_.c"],
    values.email: [
        "i",
        "@b.c",
        "a@b",
        "-a@b.c",
        "a..b@b.c",
        ".a@b.c",
        "a.@b.c",
        "a b@b.c",
        '"a"@b.c',
        "a@b.c,d@e.f",
        "a@[192.0.2.1]",
    ],
    values.local_part: ["", "a@b", "a+b", "-a", "a:b", "a/b", "*", "a" * 65],
    values.ipv4: ["1.2.3", "01.2.3.4", "1.2.3.4/24", "1.2.3.4 "],
    values.outside_ipv4: [
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ],
    values.outside_ipv6: ["::", "::1", "fe80::1", "ff02::1", "::ffff:1.2.3.4", "fd00::1", "no", "OFF"],
    values.smtp_host: ["mx.example.com:25", "[2001:db8::1]", "1.2.3.4.5"],
    values.web_address: [
        "http://a.example",
        "https://",
        "https://u:p@a.example",
        "https://a.example:99999",
        "https://a.example/ b",
    ],
    values.git_remote: [
        "https://github.com/me/conf",
        "/srv/conf",
        "file:///x",
        "me/conf",
        "git@h:-o",
        "ssh://-oX/a",
        "git@h:a b",
        "git@-h:a",
    ],
    values.age_recipient: ["age1", "age1" + "b" * 58, "AGE-SECRET-KEY-1" + "Q" * 58],
    values.path: ["ca.pem", "/", "/etc/../x", "/a b", "-x"],
    values.comfort: ["timezone:/etc", "timezone:a/../b", "locale:a b", "locale:", "colour"],
    values.plugin: ["cf", "dns_", "dns_CF", "dns_a-b", "dns_x;y"],
}


@pytest.mark.parametrize(("read", "text"), [(read, text) for read, texts in GOOD.items() for text in texts])
def test_these_pass(read: Read, text: str) -> None:
    assert read(text) == text


@pytest.mark.parametrize(("read", "text"), [(read, text) for read, texts in BAD.items() for text in texts])
def test_these_do_not(read: Read, text: str) -> None:
    with pytest.raises(ValueError, match=" "):
        read(text)


@given(
    st.sampled_from(READERS),
    st.text(st.sampled_from("a1.-_@:/*+ \n\t\x00\x1b;|&$`'\"\\<>(){}~%=,é\u202e"), max_size=20),
)
def test_nothing_dangerous_passes(read: Read, text: str) -> None:
    try:
        plain = read(text)
    except ValueError:
        return
    assert not set(plain) & set("\n\t\x00\x1b;|&$`'\"\\<>(){}é\u202e") and not plain.startswith("-")
    assert " " not in plain.replace(", ", "")
    assert read(plain) == plain, "a plain form is its own plain form"


def test_names_are_lower_cased_and_addresses_shortened() -> None:
    assert values.host_name("SMTP.Example.COM") == "smtp.example.com"
    assert values.email("Me@Example.COM") == "Me@example.com"
    assert values.ipv6("2001:0DB8:0:0::7") == "2001:db8::7"
    assert values.emails("a@b.example,c@d.example") == "a@b.example, c@d.example"
