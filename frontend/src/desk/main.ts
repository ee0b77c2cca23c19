import "../ui/base.css";
import "./desk.css";
import { mount } from "svelte";
import { bring } from "../ui/icons";
import { MORE } from "../ui/moreicons";
import Page from "./Page.svelte";

bring(MORE);
mount(Page, { target: document.getElementById("app")! });
