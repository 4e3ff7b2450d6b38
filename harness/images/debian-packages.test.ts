import { describe, expect, it } from "vitest";
import { debianSources } from "./debian-packages.ts";

const BASE = "http://mirror.example/debian/";

describe("Debian sources taken from the machine's apt", () => {
  it("keeps the addresses and puts the wanted release in place", () => {
    const listing = [
      `${BASE}\ttrixie\tmain\tDebian`,
      `${BASE}\ttrixie-updates\tmain\tDebian`,
      `http://mirror.example/debian-security/\ttrixie-security\tmain\tDebian`,
    ].join("\n");
    expect(debianSources(listing, "bookworm")).toEqual([
      { uri: BASE, release: "bookworm", component: "main" },
      { uri: BASE, release: "bookworm-updates", component: "main" },
      { uri: "http://mirror.example/debian-security/", release: "bookworm-security", component: "main" },
    ]);
  });

  it("leaves out other vendors, other components and doubles", () => {
    const listing = [
      `${BASE}\tstable\tmain\tDebian`,
      `${BASE}\tbookworm\tmain\tDebian`,
      `${BASE}\tbookworm\tcontrib\tDebian`,
      "https://vendor.example/debian/\tbookworm\tmain\tVendor",
      "https://vendor.example/apt/\tcloud-bookworm\tmain\tDebian",
      "https://vendor.example/ubuntu/\tjammy\tmain\tUbuntu",
    ].join("\n");
    expect(debianSources(listing, "bookworm")).toEqual([{ uri: BASE, release: "bookworm", component: "main" }]);
  });

  it("goes by the address while apt has no lists yet and knows no origin", () => {
    const listing = [`${BASE}\tbookworm\tmain\t$(ORIGIN)`, "https://vendor.example/apt/\tstable\tmain\t$(ORIGIN)"].join("\n");
    expect(debianSources(listing, "bookworm")).toEqual([{ uri: BASE, release: "bookworm", component: "main" }]);
  });
});
